"""`playhead up`: the whole platform on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from shared.cli.environment import (
    GLACIER_BUCKET,
    MEDIA_BUCKET,
    R2_BUCKET,
    UPLOADS_BUCKET,
    settings_of,
    write_environment,
)
from shared.local.faults.arming import FaultFields, FaultsOutstanding, arm, assert_all_happened, faults_folder
from shared.local.realtimekit.config import DefaultMedia
from shared.local.supervisor.config import PlatformConfig
from shared.local.supervisor.errors import PlatformError
from shared.local.supervisor.platform import Platform
from shared.structs import Struct

ROOT = Path(__file__).resolve().parents[2]
FAULTS_S = 2.0
FAULTS_OUTSTANDING = 3
WEBHOOK_FUNCTION = "rooms_receive_realtimekit"
FIRST_TENANT, FIRST_USER = "demo", "admin"


class Command(Struct, frozen=True):
    """What to start, and what to run against it; None: serve until stopped.

    `faults` is a plan of faults; they begin once the platform is up, and all of them must happen.
    """

    data: Path
    firestore: Literal["embedded", "google"] = "embedded"
    command: list[str] | None = None
    faults: Sequence[FaultFields] | None = None


def bring_up(chosen: Command) -> int:
    """Start the platform, and serve or run the command; returns the exit status."""
    started = time.monotonic()
    chosen.data.mkdir(parents=True, exist_ok=True)
    platform = Platform(configuration(chosen))
    for stop_signal in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop_signal, lambda *_: sys.exit(0))
    try:
        with platform:
            environment = client_environment(chosen.data, platform)
            path = write_environment(chosen.data, environment)
            if chosen.faults is not None:
                arm(faults_folder(chosen.data), chosen.faults)
            if chosen.command is None:
                return _serve(platform, chosen, partial(_announce, environment, path, time.monotonic() - started))
            status = subprocess.call(chosen.command, env={**os.environ, **environment})
            return status if _faults_happened(chosen, within_s=FAULTS_S) else FAULTS_OUTSTANDING
    except PlatformError as error:
        raise SystemExit(str(error)) from None


def _serve(platform: Platform, chosen: Command, announce: Callable[[], None]) -> int:
    """Say that the platform is up; wait until somebody stops it, or it gives up."""
    try:
        announce()
        reason = platform.wait()
    finally:
        _faults_happened(chosen)
    if reason:
        raise SystemExit(reason)
    return 0


def configuration(chosen: Command) -> PlatformConfig:
    """What the local platform is told of the product: the catalogue, the source, the buckets, the settings."""
    catalogue: dict[str, Any] = json.loads((ROOT / "functions" / "catalogue.json").read_text())
    return PlatformConfig(
        data_dir=chosen.data,
        manifest=catalogue,
        source=ROOT / "functions" / "main.py",
        buckets=[{"name": UPLOADS_BUCKET, "age_days": 2}, {"name": MEDIA_BUCKET}],
        s3_buckets=[R2_BUCKET, GLACIER_BUCKET],
        webhook_function=WEBHOOK_FUNCTION,
        meeting_media=_sample(),
        firestore=chosen.firestore,
        docs_dir=ROOT / "docs" / "api",
        environment=settings_of,
        faults=None if chosen.faults is None else [],
    )


def _sample() -> DefaultMedia | None:
    """What the local meeting service has recorded: the demo's own recording, where there is one."""
    folder = ROOT / "demo" / "sample"
    try:
        about = json.loads((folder / "recording.json").read_text())
    except FileNotFoundError:  # an installed package comes without the demo
        return None
    started_at, ended_at = (datetime.fromisoformat(about[name]) for name in ("started_at", "ended_at"))
    return DefaultMedia(str(folder / "video.webm"), (ended_at - started_at).total_seconds())


def client_environment(folder: Path, platform: Platform) -> dict[str, str]:
    """Everything that a client of the running platform needs, with an admin key of a first tenant."""
    environment = dict(platform.environment)
    environment["PLAYHEAD_DATA"] = str(folder)
    environment["PLAYHEAD_URL"] = environment["PLAYHEAD_FUNCTION_URL"].partition("/fn/")[0]
    environment["PLAYHEAD_API_KEY"] = _first_key(folder, environment)
    return environment


def _first_key(folder: Path, environment: dict[str, str]) -> str:
    """The admin key of this data folder; made once, in a process of its own with the platform's settings."""
    path = folder / "api_key"
    if not path.exists():
        command = [sys.executable, "-P", "-m", "shared.cli", "keys", "create", "--role", "admin"]
        command += ["--tenant", FIRST_TENANT, "--user", FIRST_USER]
        made = subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True, text=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(made.stdout.strip())
    return path.read_text()


def _faults_happened(chosen: Command, within_s: float = 0) -> bool:
    """Say whether every fault of the plan has happened, and name those that have not."""
    if chosen.faults is None:
        return True
    try:
        assert_all_happened(faults_folder(chosen.data), within_s=within_s)
    except FaultsOutstanding as error:
        print(f"Faults of the plan that did not happen:\n{error}", file=sys.stderr)
        return False
    print(f"All faults of the plan happened: {len(chosen.faults)}", file=sys.stderr)
    return True


def _announce(environment: dict[str, str], path: Path, took_s: float) -> None:
    print(f"Playhead is up after {took_s:.1f} s.")
    print(f"  API      {environment['PLAYHEAD_URL']}")
    print(f"  docs     {environment['PLAYHEAD_URL']}/docs/")
    print(f"  clients  source {path}")
    print("Stop it with Ctrl-C.", flush=True)
