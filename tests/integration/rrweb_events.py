"""rrweb events as text, of the sizes and kinds that a test asks for, and what a window of them should be."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Sequence
from typing import Any

FULL_SNAPSHOT = 2
INCREMENTAL = 3
META = 4

#: When the first event of every made recording happened, in epoch milliseconds.
START_MS = 1_777_888_800_000

Event = dict[str, Any]


def meta(at_ms: int, href: str) -> Event:
    """A page that was shown, `at_ms` after the start."""
    return {"type": META, "data": {"href": href, "width": 1280, "height": 720}, "timestamp": START_MS + at_ms}


def incremental(at_ms: int, text: str = "", type_: int = INCREMENTAL) -> Event:
    """A change of the page, `at_ms` after the start."""
    return {"type": type_, "data": {"source": 5, "id": at_ms, "text": text}, "timestamp": START_MS + at_ms}


def long_recording(*, count: int = 6_000, text_bytes: int = 1_000, snapshot_every: int = 700) -> list[Event]:
    """Events every 10 ms with a full snapshot now and then; about `count` kB of JSON that compresses well."""
    chance = random.Random(7)
    prose = " ".join(chance.choices(("leaf", "stem", "root", "bloom"), k=text_bytes))
    return [
        incremental(
            number * 10,
            prose[(begin := chance.randrange(text_bytes)) : begin + text_bytes],
            FULL_SNAPSHOT if number % snapshot_every == 1 else INCREMENTAL,
        )
        for number in range(count)
    ]


def incompressible_recording(*, size_bytes: int, count: int = 60) -> list[Event]:
    """Events whose stored form is at least `size_bytes` large."""
    each = size_bytes // count + 1
    noise = random.Random(11)
    return [
        incremental(number * 100, base64.b85encode(noise.randbytes(each)).decode(), FULL_SNAPSHOT)
        for number in range(count)
    ]


def as_json(events: Sequence[Event]) -> str:
    """The events as `JSON.stringify` writes them."""
    return json.dumps(events, separators=(",", ":"), ensure_ascii=False)


def window_of(events: Sequence[Event], from_ms: int | None, to_ms: int | None) -> list[Event]:
    """What a window must hold, by a plain filter over events in order."""
    first_ms = events[0]["timestamp"]
    begin = 0
    for position, event in enumerate(events):
        is_before = from_ms is not None and event["timestamp"] <= first_ms + from_ms
        if event["type"] == FULL_SNAPSHOT and is_before:
            begin = position
    return [event for event in events[begin:] if to_ms is None or event["timestamp"] <= first_ms + to_ms]
