"""What the steps of a session hand to each other: results in run documents, and objects of the media store."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from shared.evidence.elements import Element
from shared.evidence.pages import PageSnapshot
from shared.recordings.recording import StoredObject

Value = TypeVar("Value")

GZIP = "application/gzip"
#: A longer video is cut into parts of this length, one task each.
CHUNK_MS = 10 * 60 * 1000
#: How many frames are kept of a session.
MOST_FRAMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundState:
    """A settled state of one part of the video; `signature` tells two states apart without their pictures."""

    timestamp_ms: int
    settled_ms: int | None
    changed_share: float
    signature: bytes
    picture: StoredObject
    thumbnail: StoredObject


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStates:
    """The states of one part, and how long the whole video is."""

    states: tuple[FoundState, ...]
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFrame:
    """A frame of the session, before anybody has read it."""

    id: str
    timestamp_ms: int
    picture: StoredObject
    thumbnail: StoredObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read on one frame, or why nothing was."""

    frame_id: str
    elements: tuple[Element, ...] = ()
    error: str | None = None
    may_be_tried_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was read on every frame, in their order."""

    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The pages that a browser opened."""

    pages: tuple[PageSnapshot, ...] = ()
    duration_ms: int = 0


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
