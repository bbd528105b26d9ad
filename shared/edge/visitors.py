"""Who is asking where credentials are not needed: a caller, the holder of an upload token, or anybody."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv6Address, IPv6Network, ip_address

from flask import Request
from werkzeug.datastructures import Headers

from shared.edge.callers import identify
from shared.errors import InvalidRequest, Unauthorized
from shared.ports import Keys, Recordings, Transaction
from shared.recordings.rates import count_one
from shared.recordings.visitors import Visitor, keyed, opens
from shared.settings import Settings

UPLOAD_TOKEN = "X-Upload-Token"  # noqa: S105 - the name of a header
#: The largest body, once inflated, of somebody without credentials.
MAX_ANONYMOUS_BYTES = 1024 * 1024
#: Whoever has one address of version 6 has all of its network.
_NETWORK_BITS = 64


def recognize(
    request: Request, *, id: str | None, is_open: bool, keys: Keys, now: datetime, settings: Settings
) -> Visitor:
    """The visitor that a request shows: credentials, if there are any, and the upload token of `id`.

    Raises:
        Unauthorized: the credentials are not valid; or there are none, the token is not this recording's, and the
            function is not open to anybody.
    """
    headers = request.headers
    has_credentials = "Authorization" in headers or "X-API-Key" in headers
    caller = identify(headers, keys=keys, now=now, settings=settings) if has_credentials else None
    token_of = id.lower() if id is not None and _opens(headers, id.lower(), settings) else None
    if caller is None and token_of is None and not is_open:
        raise Unauthorized
    return Visitor(address=_address_of(request, settings.trusted_hops), caller=caller, holds_token_of=token_of)


def admit(request: Request, visitor: Visitor, *, recordings: Recordings, now: datetime, settings: Settings) -> None:
    """Let somebody without credentials make something, so many times an hour per address.

    Raises:
        InvalidRequest: they sent an `Idempotency-Key`, which could not be told from another visitor's.
        TooMany: this address has made enough for now.
    """
    if "Idempotency-Key" in request.headers:
        raise InvalidRequest("Idempotency-Key needs credentials")
    id = keyed("address", visitor.address, pepper=settings.key_pepper.get_secret_value())

    def count(transaction: Transaction) -> None:
        transaction.save(count_one(transaction.rate(id), id=id, now=now))

    recordings.transact(count)


def _opens(headers: Headers, id: str, settings: Settings) -> bool:
    token = headers.get(UPLOAD_TOKEN)
    return token is not None and opens(token, id, pepper=settings.key_pepper.get_secret_value())


def _address_of(request: Request, trusted_hops: int) -> str:
    """The address that the outermost trusted proxy saw; without one, or where it is missing, the peer's."""
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    is_forwarded = 0 < trusted_hops <= len(forwarded)
    seen = forwarded[-trusted_hops].strip() if is_forwarded else ""
    return _network_of(seen or request.remote_addr or "")


def _network_of(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _NETWORK_BITS), strict=False))
