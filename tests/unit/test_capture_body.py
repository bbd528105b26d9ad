"""The body of a create request: its events, kept and put in order, and whatever is wrong with it."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.capture.api import NewRecording
from shared.capture.domain import CaptureDetails
from shared.capture.reading import details_of
from shared.capture.service import Created
from shared.edge.bodies import parse_body
from shared.errors import InvalidRequest
from shared.recordings.recording import Bucket, Recording
from tests.unit.examples import (
    CUSTOM,
    FIRST_MS,
    FULL_SNAPSHOT,
    INCREMENTAL,
    META,
    World,
    event,
    new_recording,
)


@pytest.fixture
def world() -> World:
    return World()


def details(world: World, **members: Any) -> CaptureDetails:
    return details_of(world.create(**members).recording)


def stored_events(world: World, created: Created) -> list[dict[str, Any]]:
    found = world.media.objects[Bucket.MEDIA, details_of(created.recording).events.name]
    assert found.content_encoding == "gzip"
    events: list[dict[str, Any]] = json.loads(gzip.decompress(found.content))
    return events


def test_events_out_of_order_are_sorted_and_those_of_the_same_time_keep_their_order(world: World) -> None:
    sent = [
        event(INCREMENTAL, 30, number=1),
        event(FULL_SNAPSHOT, 10, number=2),
        event(INCREMENTAL, 10, number=3),
        event(META, 10, number=4),
        event(INCREMENTAL, 0.5, number=5),
    ]

    created = world.create(events=sent)

    assert [one["data"]["number"] for one in stored_events(world, created)] == [5, 2, 3, 4, 1]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9), st.text(max_size=5)), max_size=15))
def test_what_is_stored_is_what_was_sent_in_order_of_time(sent: list[tuple[int, int, str]]) -> None:
    world = World()
    events = [event(type_, at_ms, note=note) for type_, at_ms, note in sent]

    created = world.create(events=events)

    assert stored_events(world, created) == sorted(events, key=lambda one: one["timestamp"])
    assert details_of(created.recording).event_count == len(sent)


def test_unknown_types_and_extra_keys_are_kept(world: World) -> None:
    sent = [{"type": 77, "timestamp": FIRST_MS, "delay": 3, "data": {"plugin": "x"}}, event(CUSTOM, 1, tag="note")]

    assert stored_events(world, world.create(events=sent)) == sent


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "event",
        [],
        {},
        {"type": 3},
        {"timestamp": FIRST_MS},
        {"type": "3", "timestamp": 1},
        {"type": 3, "timestamp": -1},
    ],
)
def test_a_bad_event_is_refused_by_its_index_and_nothing_is_stored(world: World, bad: object) -> None:
    with pytest.raises(InvalidRequest, match=r"events\[2\]"):
        world.create(events=[event(META, 0), event(INCREMENTAL, 1), bad, event(INCREMENTAL, 2)])

    assert world.media.names(Bucket.MEDIA) == []
    assert world.recordings.all_of(Recording) == []


@pytest.mark.parametrize("events", [None, {}, "[]", 5])
def test_events_that_are_no_array_are_refused(world: World, events: object) -> None:
    with pytest.raises(InvalidRequest, match="must be an array"):
        world.create(events=events)


@pytest.mark.parametrize(
    ("members", "culprit"),
    [
        ({"started_at": None}, "started_at"),
        ({"started_at": "2026-05-04T10:00:00"}, "started_at"),
        ({"ended_at": "2026-05-04T09:59:59Z"}, "ended_at is before started_at"),
        ({"duration_ms": -1}, "duration_ms"),
        ({"duration_ms": 1.5}, "duration_ms"),
        ({"duration_ms": "1"}, "duration_ms"),
        ({"duration_ms": True}, "duration_ms"),
        ({"duration_ms": 2**53}, "duration_ms"),
        ({"event_count": -1}, "event_count"),
        ({"name": 5}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"project_id": "not-a-uuid"}, "project_id"),
        ({"has_video": "yes"}, "has_video"),
        ({"has_video": 1}, "has_video"),
        ({"has_video": None}, "has_video"),
        ({"navigations": {}}, "navigations"),
        ({"navigations": [{"url": "https://a.test/"}]}, r"navigations\.0\.timestamp_ms"),
        ({"navigations": [{"url": 5, "timestamp_ms": 0}]}, r"navigations\.0\.url"),
        ({"navigations": [{"url": "https://a.test/", "timestamp_ms": -1}]}, r"navigations\.0\.timestamp_ms"),
    ],
)
def test_a_member_that_is_not_as_it_should_be_is_named(members: dict[str, Any], culprit: str) -> None:
    with pytest.raises(InvalidRequest, match=culprit):
        new_recording(**members)


@pytest.mark.parametrize("left_out", ["started_at", "events"])
def test_a_member_that_is_required_is_named(left_out: str) -> None:
    body = {"started_at": "2026-05-04T10:00:00Z", "events": []}
    del body[left_out]

    with pytest.raises(InvalidRequest, match=f"{left_out}: Field required"):
        parse_body(json.dumps(body).encode(), NewRecording)


def test_a_recording_may_end_as_it_starts(world: World) -> None:
    assert details(world, ended_at="2026-05-04T10:00:00Z").duration_ms == 0
