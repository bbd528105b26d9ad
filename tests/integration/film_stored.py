"""What is stored of a session, seen by a plain client of the platform's storage."""

from __future__ import annotations

from typing import Any

import requests

from shared.recordings.objects import OutputName, UploadName, parse
from tests.integration.platform import TIMEOUT_S, RunningPlatform

BUCKETS = ("uploads", "media")


def objects_of(platform: RunningPlatform, id: str) -> list[str]:
    """Every object of a session as `bucket/name`; of all sessions where `id` is empty."""
    return [f"{bucket}/{name}" for bucket in BUCKETS for name in _names(platform, bucket, f"sessions/{id}")]


def uploads_of(platform: RunningPlatform, id: str) -> list[str]:
    """The video of a session wherever it lies: what was uploaded, and every copy of it; `id` as above."""
    return [name for name in objects_of(platform, id) if name.endswith("/upload")]


def outputs_of(platform: RunningPlatform, id: str) -> list[str]:
    """What the steps have left, as `step/file`, sorted; one that two attempts have written is there twice."""
    names = [parse(name) for name in _names(platform, "media", f"sessions/{id}")]
    assert not any(name is None or isinstance(name, UploadName) for name in names), names
    return sorted(f"{name.step}/{name.file}" for name in names if isinstance(name, OutputName))


def _names(platform: RunningPlatform, bucket: str, prefix: str) -> list[str]:
    url = f"{platform.environment['STORAGE_EMULATOR_HOST']}/storage/v1/b/{bucket}/o"
    names: list[str] = []
    page: dict[str, Any] = {"nextPageToken": ""}
    while "nextPageToken" in page:
        query = {"prefix": prefix, "pageToken": page["nextPageToken"]}
        page = requests.get(url, params=query, timeout=TIMEOUT_S).json()
        names += [item["name"] for item in page.get("items", [])]
    return names
