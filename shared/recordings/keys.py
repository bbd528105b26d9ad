"""API keys: `ph_<id>_<secret>`. Only a keyed hash of the secret is kept, and the key is shown once."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from datetime import datetime

from shared.recordings.recording import Caller
from shared.structs import Struct

_KEY = re.compile(r"ph_(?P<id>[a-z0-9]{16})_(?P<secret>[A-Za-z0-9_-]{43})")


class ApiKey(Struct, frozen=True, kw_only=True):
    """What is kept of an API key: never the key itself."""

    id: str
    tenant_id: str
    user_id: str
    role: str
    digest: str  #: HMAC-SHA-256 of the secret under the deployment's pepper, in hex
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def caller(self) -> Caller:
        return Caller(tenant_id=self.tenant_id, user_id=self.user_id, role=self.role, key_id=self.id)


def issue_key(
    *,
    tenant_id: str,
    user_id: str,
    role: str,
    pepper: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its text, which nobody can make again."""
    key_id = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(16))
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        id=key_id,
        tenant_id=tenant_id,
        user_id=user_id,
        role=role,
        digest=_digest(secret, pepper),
        created_at=now,
        expires_at=expires_at,
    )
    return key, f"ph_{key_id}_{secret}"


def split_key(text: str) -> tuple[str, str] | None:
    """The id and the secret of a key's text, or None where it is no API key."""
    found = _KEY.fullmatch(text)
    return (found["id"], found["secret"]) if found else None


def opens(key: ApiKey | None, secret: str, *, pepper: str, now: datetime) -> bool:
    """Whether the secret is this key's and the key is in force. Takes as long for an unknown key."""
    expected = key.digest if key else "0" * 64
    matches = hmac.compare_digest(expected, _digest(secret, pepper))
    if key is None or not matches or key.revoked_at is not None:
        return False
    return key.expires_at is None or key.expires_at > now


def _digest(secret: str, pepper: str) -> str:
    return hmac.new(pepper.encode(), secret.encode(), hashlib.sha256).hexdigest()
