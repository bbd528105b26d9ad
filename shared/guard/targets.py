"""Read a URL so that nobody reads it differently.

Browsers, HTTP clients and Python disagree about backslashes, control characters, credentials, `0x7f.1` and wide digits.
What they could take in two ways is refused; what is left is the same to all of them.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import idna

from shared.guard.addresses import Address
from shared.guard.errors import ForbiddenAddress
from shared.structs import Struct

MAX_URL_CHARACTERS = 8192
DEFAULT_PORTS = {"http": 80, "https": 443}

_AMBIGUOUS = re.compile(r"[\s\\\x00-\x20\x7f]")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]@]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
#: A browser takes a host whose last part looks like this for an IPv4 address.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
#: Names that only mean something inside a machine, a network or a cloud.
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa")


class Target(Struct, frozen=True, kw_only=True):
    """Whom a URL names; `host` is lower case, a name in ASCII or an address without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def address(self) -> Address | None:
        """The address, when the host is one."""
        if ":" in self.host:
            return IPv6Address(self.host)
        return IPv4Address(self.host) if _looks_numeric(self.host) else None

    @property
    def is_local_name(self) -> bool:
        """Whether the host is a name that the internet does not know."""
        return self.address is None and ("." not in self.host or self.host.endswith(_LOCAL_SUFFIXES))

    @property
    def authority(self) -> str:
        """`host:port`, as in a list of allowed hosts."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_target(url: str) -> Target:
    """Read whom an absolute http or https URL names.

    Raises:
        ForbiddenAddress: it is no such URL, or could be read in two ways.
    """
    if len(url) > MAX_URL_CHARACTERS or _AMBIGUOUS.search(url):
        raise ForbiddenAddress("not a valid URL")
    try:
        parts = urlsplit(url)
    except ValueError as error:  # brackets that are no IPv6 address
        raise ForbiddenAddress("not a valid host") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise ForbiddenAddress("not http or https")
    if "@" in parts.netloc:
        raise ForbiddenAddress("credentials in the URL")
    authority = _AUTHORITY.fullmatch(parts.netloc)
    if not authority:
        raise ForbiddenAddress("not a valid host")
    port = int(authority["port"] or DEFAULT_PORTS[parts.scheme])
    return Target(scheme=parts.scheme, host=_read_host(authority["host"]), port=port)


def _read_host(text: str) -> str:
    try:
        if text.startswith("["):
            return str(IPv6Address(text[1:-1]))
        host = (text if text.isascii() else idna.encode(text, uts46=True).decode()).lower()
        if _looks_numeric(host):
            return str(IPv4Address(host))
    except ValueError as error:  # idna's failures are ValueErrors too
        raise ForbiddenAddress("not a valid host") from error
    if not _NAME.fullmatch(host):
        raise ForbiddenAddress("not a valid host")
    return host


def _looks_numeric(host: str) -> bool:
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None
