"""Whoever asks where credentials are not needed, and the token that stands in for them.

A recording that was made without credentials belongs to nobody. Its upload token opens it, and nothing else, until
somebody claims it: from then on the token opens nothing.
"""

from __future__ import annotations

import hmac

from shared.recordings.recording import Caller
from shared.structs import Struct


class Visitor(Struct, frozen=True, kw_only=True):
    """Somebody with credentials, with an upload token, with both or with neither. What they showed has been checked."""

    address: str  #: where the request comes from, as far as that can be told
    caller: Caller | None = None
    holds_token_of: str | None = None  #: the id of the recording whose upload token they showed

    @property
    def actor(self) -> str:
        """What a recording's history says of them."""
        return self.caller.actor if self.caller else "visitor"


def upload_token(id: str, *, pepper: str) -> str:
    """The upload token of a recording: always the same, never kept, and made by nobody without the pepper."""
    return keyed("upload token", id, pepper=pepper)


def opens(token: str, id: str, *, pepper: str) -> bool:
    """Whether this is the recording's upload token. Takes as long for a wrong one."""
    return hmac.compare_digest(upload_token(id, pepper=pepper).encode(), token.encode())


def keyed(purpose: str, text: str, *, pepper: str) -> str:
    """HMAC-SHA-256 in hex, under a key of its own for each purpose: what is good for one is good for no other."""
    key = hmac.digest(pepper.encode(), purpose.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
