"""What must be true of a room's recordings in the end, whatever happened to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import requests

from shared.ports.files import ColdFiles, HotFiles
from shared.ports.rooms import Rooms
from shared.recordings.files import StoredFile
from shared.recordings.lifecycle import HISTORY_LENGTH, INITIAL, Cause, target_of
from shared.recordings.recording import Family, Recording, State
from shared.rooms.domain import IMPORTED_BY, PROVIDER_KEEPS_FOR, ProviderThing, file_key
from shared.rooms.files.transfer import PART_BYTES
from shared.rooms.reading import details_of
from shared.wiring import wired
from tests.integration.platform import TIMEOUT_S, RunningPlatform

A_MOMENT = timedelta(minutes=5)


def check_history(recording: Recording) -> None:
    """Every move that is remembered is a row of the table, and the last one led to where the recording is."""
    history = recording.history
    assert history[-1].state is recording.state, recording
    if len(history) < HISTORY_LENGTH:
        assert history[0].cause == Cause.CREATED
        assert history[0].state in INITIAL[Family.ROOMS]
    for before, move in pairwise(history):
        assert target_of(Family.ROOMS, before.state, Cause(move.cause)) is move.state, history


def check_finished(platform: RunningPlatform, theirs: Mapping[str, Any]) -> None:
    """What the provider finished is here as it was there, or somebody was told in time, or its owner deleted it."""
    rooms: Rooms = wired(Rooms)
    link = rooms.find_link(ProviderThing.RECORDING, theirs["id"])
    assert link is not None, f"nobody has heard of {theirs}"
    assert link.recording_id is not None
    ours = rooms.find(link.recording_id)
    if ours is None:
        assert rooms.find_deleted(link.recording_id) is not None, f"{link.recording_id} has vanished"
    elif ours.state is State.FAILED:
        _check_reported(platform, ours, theirs)
    else:
        _check_stored(ours, theirs)


def _check_reported(platform: RunningPlatform, ours: Recording, theirs: Mapping[str, Any]) -> None:
    assert theirs["download_url"] is None, f"{ours} has failed, and its file is there"
    details = details_of(ours)
    assert details.reported_at is not None, f"{ours} is lost, and nobody was told"
    assert details.ended_at is not None
    # When it ended was known less exactly when it was reported: the provider's word comes later than our own.
    assert IMPORTED_BY - A_MOMENT <= details.reported_at - details.ended_at < PROVIDER_KEEPS_FOR
    assert f"{ours.id} is not imported" in platform.logs("api")


def _check_stored(ours: Recording, theirs: Mapping[str, Any]) -> None:
    details, key = details_of(ours), file_key(ours.id)
    file, store = (details.copy, ColdFiles) if ours.state is State.ARCHIVED else (details.file, HotFiles)
    assert file is not None, ours
    assert ours.state in (State.READY, State.ARCHIVED), ours
    assert (file.key, file.size_bytes) == (key, theirs["file_size"])
    assert details.size_bytes == theirs["file_size"]
    stored: StoredFile | None = wired(store).describe(key)
    assert stored is not None, f"{ours.state} {ours.id} has no file"
    assert stored.is_same(file)
    if theirs["download_url"] is not None:
        assert stored.etag == _etag_of(theirs["download_url"])
    if ours.state is State.ARCHIVED:
        assert wired(HotFiles).describe(key) is None, f"{ours.id} is archived, and its file is still hot"


def _etag_of(url: str) -> str:
    """What a store calls a file that came in parts, by the provider's own bytes."""
    answer = requests.get(url, timeout=TIMEOUT_S)
    answer.raise_for_status()
    content = answer.content
    sums = [hashlib.md5(part, usedforsecurity=False).digest() for part in _parts(content)]
    return f"{hashlib.md5(b''.join(sums), usedforsecurity=False).hexdigest()}-{len(sums)}"


def _parts(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PART_BYTES):
        yield content[start : start + PART_BYTES]
