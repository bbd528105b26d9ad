"""Check a URL: read it, resolve its name in time, judge every address.

A deployment may list hosts that are not public, exactly as `host` (ports 80 and 443) or `host:port`, in lower case,
IPv6 in brackets. A listed host may be reached by every page that a browser of ours visits: list what may be seen.
There is no entry for loopback or a network as such, and metadata servers cannot be listed.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Sequence
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread

from shared.guard.addresses import Address, is_metadata, is_public
from shared.guard.errors import ForbiddenAddress, NameNotFound
from shared.guard.targets import DEFAULT_PORTS, Target, read_target
from shared.structs import Struct

#: Gives every address of a name, as text; raises OSError when there is none.
Resolve = Callable[[str], Sequence[str]]

RESOLVE_TIMEOUT_S = 5.0


class CheckedAddress(Struct, frozen=True, kw_only=True):
    """A host that may be reached, and the only addresses to reach it at, best first."""

    host: str
    port: int
    scheme: str
    addresses: tuple[str, ...]


#: `check_url` with a deployment's lists and resolver filled in.
Check = Callable[[str], CheckedAddress]


def resolve_name(host: str) -> list[str]:
    """Ask the system for every address of a name.

    Raises:
        OSError: it knows none.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def check_url(
    url: str,
    *,
    allowed_hosts: Collection[str] = (),
    resolve: Resolve = resolve_name,
    resolve_timeout_s: float = RESOLVE_TIMEOUT_S,
) -> CheckedAddress:
    """Check that a URL leads to the public internet, or to a listed host, and say at which addresses.

    Raises:
        ForbiddenAddress: it does not, or one of its addresses does not.
        NameNotFound: its name has no address, or none was found in time.
    """
    target = read_target(url)
    is_listed = _is_listed(target, allowed_hosts)
    if not is_listed:
        _refuse_unlisted(target)
    addresses = _addresses_of(target, resolve, resolve_timeout_s)
    if not all(_may_be_reached(address, is_listed=is_listed) for address in addresses):
        raise ForbiddenAddress("private address")
    texts = tuple(dict.fromkeys(str(address) for address in addresses))
    return CheckedAddress(host=target.host, port=target.port, scheme=target.scheme, addresses=texts)


def _is_listed(target: Target, allowed_hosts: Collection[str]) -> bool:
    if target.authority in allowed_hosts:
        return True
    return target.port in DEFAULT_PORTS.values() and target.authority.rpartition(":")[0] in allowed_hosts


def _refuse_unlisted(target: Target) -> None:
    if target.port not in DEFAULT_PORTS.values():
        raise ForbiddenAddress("port not allowed")
    if target.is_local_name:
        raise ForbiddenAddress("private address")


def _addresses_of(target: Target, resolve: Resolve, timeout_s: float) -> list[Address]:
    if target.address:
        return [target.address]
    texts = _resolve_in_time(target.host, resolve, timeout_s)
    if not texts:
        raise NameNotFound(f"{target.host} has no address.")
    try:
        return [ip_address(text) for text in texts]
    except ValueError as error:
        raise ForbiddenAddress("not a valid address") from error


def _resolve_in_time(host: str, resolve: Resolve, timeout_s: float) -> Sequence[str]:
    """Resolve on a thread of its own: the system's resolver takes no time-out and cannot be interrupted."""
    answers: SimpleQueue[Sequence[str] | OSError] = SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(resolve(host))
        except OSError as error:
            answers.put(error)

    Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout_s)
    except Empty:
        raise NameNotFound(f"{host} was not resolved within {timeout_s:g} s.") from None
    if isinstance(answer, OSError):
        raise NameNotFound(f"{host} has no address.") from answer
    return answer


def _may_be_reached(address: Address, *, is_listed: bool) -> bool:
    return not is_metadata(address) if is_listed else is_public(address)
