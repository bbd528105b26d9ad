"""A part of the events: from the full snapshot that a player needs, to where it stops."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.integration.platform import Capture, RunningPlatform
from tests.integration.refusals import refusal
from tests.integration.rrweb_events import START_MS, as_json, incremental, long_recording, window_of

PATH = "/api/v1/recordings"
LONG = long_recording()
LAST_MS = LONG[-1]["timestamp"] - START_MS

WINDOWS = [
    (0, None),
    (None, 0),
    (0, 0),
    (10, 10),
    (7_009, 7_010),
    (7_010, 7_011),
    (7_011, 20_000),
    (13_999, 14_020),
    (30_000, 30_000),
    (None, 25_555),
    (41_234, None),
    (LAST_MS, None),
    (LAST_MS + 1, None),
    (10**12, 10**12),
    (9, LAST_MS * 2),
    (40_000, 20_000),
    (30_000, 5),
]


def window(capture: Capture, id: str, from_ms: int | None, to_ms: int | None, **headers: str) -> requests.Response:
    bounds = {"from_ms": from_ms, "to_ms": to_ms}
    return capture.call("GET", f"{PATH}/{id}/events", params=bounds, headers=headers)


@pytest.fixture(scope="module")
def long_id(platform: RunningPlatform) -> str:
    """A recording of over 6 MB: many blocks, and more than one full snapshot."""
    text = as_json(LONG)
    assert len(text) > 6_000_000
    body = f'{{"started_at":"2026-05-04T10:00:00Z","has_video":true,"events":{text}}}'
    answer = platform.client().call("POST", PATH, data=body.encode())
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


@pytest.mark.parametrize(("from_ms", "to_ms"), WINDOWS)
def test_a_window_is_what_a_plain_filter_of_a_long_recording_finds(
    capture: Capture, long_id: str, from_ms: int | None, to_ms: int | None
) -> None:
    answer = window(capture, long_id, from_ms, to_ms)

    assert answer.status_code == 200, answer.text
    assert answer.text == as_json(window_of(LONG, from_ms, to_ms))


@pytest.mark.parametrize("step_ms", [700, 4_321])
def test_a_window_is_what_a_plain_filter_of_a_real_recording_finds(
    capture: Capture, sample_events: list[dict[str, Any]], step_ms: int
) -> None:
    id = capture.create({"events": sample_events, "has_video": True})["id"]
    length_ms = sample_events[-1]["timestamp"] - sample_events[0]["timestamp"]

    for from_ms in range(0, length_ms, step_ms):
        answer = window(capture, id, from_ms, from_ms + step_ms)
        assert answer.json() == window_of(sample_events, from_ms, from_ms + step_ms)


def test_without_a_full_snapshot_a_window_begins_with_the_first_event(capture: Capture) -> None:
    events = [incremental(at * 100) for at in range(10)]
    id = capture.create({"events": events, "has_video": True})["id"]

    assert window(capture, id, 500, 700).json() == events[:8]


def test_windows_of_a_recording_without_events_are_empty(capture: Capture) -> None:
    id = capture.create({"has_video": True})["id"]

    assert window(capture, id, 0, 10).text == "[]"


def test_a_window_has_an_etag_of_its_own(capture: Capture, long_id: str) -> None:
    tags = {window(capture, long_id, *bounds).headers["ETag"] for bounds in [(0, 10), (0, 11), (1, 11), (None, 11)]}
    assert len(tags) == 4

    again = window(capture, long_id, 0, 10, **{"If-None-Match": window(capture, long_id, 0, 10).headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("query", ["from_ms=-1", "to_ms=-1", "from_ms=1.5", "to_ms=soon", "from_ms=", "to_ms=1e3"])
def test_a_bound_that_is_no_count_of_milliseconds_is_refused_by_name(
    capture: Capture, long_id: str, query: str
) -> None:
    answer = capture.call("GET", f"{PATH}/{long_id}/events?{query}")

    assert refusal(answer, 400, "invalid_request").startswith(f"{query.partition('=')[0]}: ")
