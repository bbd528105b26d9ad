"""API keys made through the product's own adapter, in any condition that a test needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from shared import ports
from shared.recordings.keys import ApiKey, issue_key
from shared.settings import settings
from shared.structs import replace
from shared.wiring import wired


def as_issued(key: ApiKey) -> ApiKey:
    """The key as it is."""
    return key


def save_key(
    tenant: str,
    user: str = "api",
    *,
    expires_at: datetime | None = None,
    changed: Callable[[ApiKey], ApiKey] = as_issued,
) -> str:
    """Keep a new key of a tenant of the session's platform; returns its text."""
    key, text = issue_key(
        tenant_id=tenant,
        user_id=user,
        role="member",
        pepper=settings().key_pepper.get_secret_value(),
        now=wired(ports.Clock).now(),
        expires_at=expires_at,
    )
    wired(ports.Keys).save(changed(key))
    return text


def revoke(key: ApiKey) -> ApiKey:
    """The key, revoked as soon as it was made."""
    return replace(key, revoked_at=key.created_at)
