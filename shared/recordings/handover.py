"""What steps hand to each other: small results in run documents, and the rest as objects of the media store."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from shared.recordings.recording import Family, StoredObject
from shared.structs import Struct

Value = TypeVar("Value")

GZIP = "application/gzip"
#: A longer video is cut into parts of this length, one task each.
CHUNK_MS = 10 * 60 * 1000
#: How many frames are kept of a recording.
MOST_FRAMES: Mapping[Family, int] = {Family.SESSIONS: 20, Family.FEEDBACK: 60}


class FoundState(Struct, frozen=True, kw_only=True):
    """A settled state of one part of the video; `signature` tells two states apart without their pictures."""

    timestamp_ms: int
    settled_ms: int | None
    changed_share: float
    signature: bytes
    picture: StoredObject
    thumbnail: StoredObject


class FoundStates(Struct, frozen=True, kw_only=True):
    """The states of one part, and how long the whole video is."""

    states: tuple[FoundState, ...]
    duration_ms: int


class KeptFrame(Struct, frozen=True, kw_only=True):
    """A frame that is kept, before anybody has read it."""

    id: str
    timestamp_ms: int
    picture: StoredObject
    thumbnail: StoredObject


def pack(value: object) -> bytes:
    """A value as gzip JSON. `unpack(pack(x), type(x)) == x`."""
    return gzip.compress(msgspec.json.encode(value), compresslevel=1, mtime=0)


def unpack(content: bytes, type_: type[Value]) -> Value:
    """What was packed. Only our own steps write it, so it is known to be of a bounded size."""
    return msgspec.json.decode(gzip.decompress(content), type=type_)


def chunks_of(duration_ms: int) -> list[dict[str, int | None]]:
    """The parts of a video, the last one open at its end."""
    starts = range(0, max(duration_ms - CHUNK_MS // 2, 1), CHUNK_MS)
    return [
        {"from_ms": start, "to_ms": None if number == len(starts) - 1 else start + CHUNK_MS}
        for number, start in enumerate(starts)
    ]
