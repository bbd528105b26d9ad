"""`playhead keys create`."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from shared import ports
from shared.cli.environment import read_environment
from shared.recordings.keys import issue_key
from shared.settings import settings
from shared.wiring import wired

PROBE_S = 2


def create_key(folder: Path, *, tenant: str, user: str, role: str) -> str:
    """Make a key of a tenant, which need not exist yet; returns its text, which is kept nowhere."""
    if "PLAYHEAD_PROJECT" not in os.environ:
        os.environ.update(_environment(folder))
    key, text = issue_key(
        tenant_id=tenant,
        user_id=user,
        role=role,
        pepper=settings().key_pepper.get_secret_value(),
        now=wired(ports.Clock).now(),
    )
    wired(ports.Keys).save(key)
    return text


def _environment(folder: Path) -> dict[str, str]:
    try:
        environment = read_environment(folder)
        host, _, port = environment["FIRESTORE_EMULATOR_HOST"].partition(":")
        socket.create_connection((host, int(port)), timeout=PROBE_S).close()
    except FileNotFoundError:
        raise SystemExit(f"no platform has run on {folder}: start one with `playhead up`") from None
    except OSError:
        raise SystemExit(f"the platform on {folder} is not running: start it with `playhead up`") from None
    return environment
