"""Crash any part of a platform, and look into it from outside, by plain clients of its services."""

from __future__ import annotations

import json
import signal
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
import requests
from google.cloud import firestore

from shared.local.supervisor.parts import SERVICES
from shared.recordings.idempotency import record_id
from shared.recordings.recording import Caller
from tests.integration.platform import TIMEOUT_S, RunningPlatform, eventually, start_platform

SUPERVISOR = "supervisor"
BACK_WITHIN_S = 20
_CATALOGUE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "functions" / "catalogue.json").read_text())

#: What the supervisor starts for this product, and itself.
PARTS = (*SERVICES, *sorted({function["profile"] for function in _CATALOGUE["functions"]}), SUPERVISOR)


def running_parts(platform: RunningPlatform) -> set[str]:
    """The parts that really run, by the command lines of the supervisor's children."""
    return {_name(process.cmdline()) for process in psutil.Process(platform.process.pid).children()}


def crash(platform: RunningPlatform, part: str) -> None:
    """End a part (the supervisor: and with it everything) by SIGKILL; return when it runs again."""
    if part == SUPERVISOR:
        platform.stop(signal.SIGKILL)
        again = start_platform(platform.data)
        platform.process, platform.environment = again.process, again.environment
        return
    before = platform.part(part).pid
    platform.kill(part)
    eventually(lambda: _is_back(platform, part, before), within_s=BACK_WITHIN_S, what=f"the return of {part}")


def forget_reservation(platform: RunningPlatform, key: str) -> None:
    """Let the minute pass for which a request that died keeps its Idempotency-Key reserved."""
    caller = Caller(tenant_id="demo", user_id="admin")
    document = _firestore(platform).document(f"idempotency/{record_id(caller, 'capture_create_recording', key)}")
    reserved = document.get()
    if reserved.exists and reserved.get("resource_id") is None:
        document.update({"expire_at": datetime.now(UTC) - timedelta(seconds=1)})


def object_names(platform: RunningPlatform, bucket: str, recording_id: str) -> list[str]:
    """The objects of a recording in a bucket."""
    answer = requests.get(_objects(platform, bucket), params={"prefix": f"capture/{recording_id}/"}, timeout=TIMEOUT_S)
    answer.raise_for_status()
    return [item["name"] for item in answer.json().get("items", [])]


def object_bytes(platform: RunningPlatform, bucket: str, name: str) -> bytes:
    """The bytes of an object."""
    url = f"{_objects(platform, bucket)}/{quote(name, safe='')}"
    answer = requests.get(url, params={"alt": "media"}, timeout=TIMEOUT_S)
    answer.raise_for_status()
    return answer.content


def _objects(platform: RunningPlatform, bucket: str) -> str:
    return f"{platform.environment['STORAGE_EMULATOR_HOST']}/storage/v1/b/{bucket}/o"


def _firestore(platform: RunningPlatform) -> Any:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", platform.environment["FIRESTORE_EMULATOR_HOST"])
        return firestore.Client(platform.environment["GOOGLE_CLOUD_PROJECT"])


def _is_back(platform: RunningPlatform, part: str, before: int) -> bool:
    port = json.loads((platform.data / "ports.json").read_text())[part]
    try:
        is_new = platform.part(part).pid != before
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except (AssertionError, psutil.NoSuchProcess, OSError):
        return False
    return is_new


def _name(command: list[str]) -> str:
    """The part that a command line starts: its profile, or its module."""
    if "--profile" in command:
        return command[command.index("--profile") + 1]
    return next(word for word in command if word.startswith("shared.local.")).removeprefix("shared.local.")
