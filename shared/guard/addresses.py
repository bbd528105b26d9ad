"""Which addresses are public.

Python's own `is_global` has changed between versions; what we refuse must not, so the table stands here. Sources: the
IANA special-purpose address registries for IPv4 and IPv6.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

_CLOSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and the metadata server of Alibaba Cloud
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a public address that is the host's own inside Azure
        "169.254.0.0/16",  # link-local, and the metadata servers of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

#: Everything else is unspecified, loopback, mapped or translated IPv4 (::/96, ::ffff:0:0/96, 64:ff9b::/96), unique
#: local (fc00::/7), link-local (fe80::/10), multicast (ff00::/8) or unassigned.
_GLOBAL_V6 = IPv6Network("2000::/3")

_CLOSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, which embeds IPv4, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 embeds IPv4
        "3ffe::/16",  # 6bone, given back
        "3fff::/20",  # documentation
    )
)

#: Where clouds hand out credentials. Not even a host that a deployment lists may lead here.
_METADATA = frozenset(
    {
        IPv4Address("100.100.100.200"),
        IPv4Address("168.63.129.16"),
        IPv4Address("169.254.169.253"),
        IPv4Address("169.254.169.254"),
        IPv4Address("169.254.170.2"),
        IPv4Address("192.0.0.192"),
        IPv6Address("fd00:ec2::254"),
        IPv6Address("fd20:ce::254"),
    }
)


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may be meant by this address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _CLOSED_V6)


def is_metadata(address: Address) -> bool:
    """Whether a cloud's metadata server may answer here, also when the address is written as mapped IPv6."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address) in _METADATA
