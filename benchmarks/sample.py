"""The demo's recording, made as long as a benchmark needs it.

One pass of its rrweb events (full snapshots, mutations, mouse moves, clicks, inputs, scrolls, console) is followed by
the next, later in time. A pass is several times as large as deflate's window, so however many there are, they
compress as one does. The first pass visits the pages of the demo; all later ones stay on the last.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from shared.capture.event_blocks import META

SAMPLE = Path(__file__).resolve().parents[1] / "demo" / "sample"
_PAUSE_MS = 1000


def sample_video() -> bytes:
    """The demo's tab video, as Chrome's MediaRecorder made it: neither duration nor index."""
    return (SAMPLE / "video.webm").read_bytes()


def create_body(*, events_bytes: int = 0, has_video: bool = True) -> bytes:
    """The body of a create; at least one pass of the sample's events."""
    return b"".join(_pieces(events_bytes, has_video=has_video))


def create_body_gzip(*, events_bytes: int) -> bytes:
    """The same, compressed as it is made."""
    compressor = zlib.compressobj(1, wbits=31)
    pieces = _pieces(events_bytes, has_video=True)
    return b"".join(compressor.compress(piece) for piece in pieces) + compressor.flush()


def _pieces(events_bytes: int, *, has_video: bool) -> Iterator[bytes]:
    about = {**json.loads((SAMPLE / "recording.json").read_text()), "has_video": has_video}
    yield msgspec.json.encode(about).removesuffix(b"}") + b',"events":['
    size, separator = 0, b""
    for events in _passes():
        yield separator + events
        size, separator = size + len(events), b","
        if size >= events_bytes:
            break
    yield b"]}"


def _passes() -> Iterator[bytes]:
    events: list[dict[str, Any]] = json.loads((SAMPLE / "events.json").read_text())
    length_ms = events[-1]["timestamp"] - events[0]["timestamp"] + _PAUSE_MS
    last_page = [event for event in events if event["type"] == META][-1]["data"]
    while True:
        yield msgspec.json.encode(events)[1:-1]
        for event in events:
            event["timestamp"] += length_ms
            if event["type"] == META:
                event["data"] = last_page
