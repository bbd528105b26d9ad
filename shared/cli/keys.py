"""`playhead keys create`."""

from __future__ import annotations

from pathlib import Path

from shared import ports
from shared.cli.reaching import reach_platform
from shared.recordings.keys import issue_key
from shared.settings import settings
from shared.wiring import wired


def create_key(folder: Path, *, tenant: str, user: str, role: str) -> str:
    """Make a key of a tenant, which need not exist yet; returns its text, which is kept nowhere."""
    reach_platform(folder)
    key, text = issue_key(
        tenant_id=tenant,
        user_id=user,
        role=role,
        pepper=settings().key_pepper.get_secret_value(),
        now=wired(ports.Clock).now(),
    )
    wired(ports.Keys).save(key)
    return text
