"""The pages that a browser recording visited: as the client says, or as its events show, up to the caps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.capture.api import NewRecording, RecordingOut
from shared.capture.domain import MAX_NAVIGATIONS, MAX_NAVIGATIONS_BYTES, CaptureDetails
from shared.capture.reading import details_of
from shared.edge.bodies import parse_body
from shared.errors import InvalidRequest
from shared.recordings.recording import Bucket
from tests.unit.examples import (
    INCREMENTAL,
    META,
    World,
    event,
    page_visit,
)


@pytest.fixture
def world() -> World:
    return World()


def details(world: World, **members: Any) -> CaptureDetails:
    return details_of(world.create(**members).recording)


def test_the_clients_are_kept(world: World) -> None:
    found = details(
        world,
        navigations=[{"url": "https://b.test/", "timestamp_ms": 5}, {"url": "https://a.test/", "timestamp_ms": 3}],
        events=page_visit(0, "https://c.test/"),
    )

    assert [(one.url, one.timestamp_ms) for one in found.navigations] == [
        ("https://b.test/", 5),
        ("https://a.test/", 3),
    ]


def test_an_empty_list_of_the_clients_is_kept(world: World) -> None:
    assert details(world, navigations=[], events=page_visit(0, "https://a.test/")).navigations == ()


def test_else_they_are_the_pages_of_the_meta_events(world: World) -> None:
    events = [
        event(INCREMENTAL, 0),
        *page_visit(10, "https://a.test/"),
        event(META, 20, href="https://a.test/", width=99, height=99),
        *page_visit(30.9, "https://b.test/"),
        *page_visit(40, "https://a.test/"),
    ]

    found = details(world, events=events).navigations

    assert [(one.url, one.timestamp_ms) for one in found] == [
        ("https://a.test/", 10),
        ("https://b.test/", 30),
        ("https://a.test/", 40),
    ]


@pytest.mark.parametrize("meta", [{}, {"href": None}, {"href": 5}, {"href": ["https://a.test/"]}])
def test_a_meta_event_without_an_address_is_no_navigation(world: World, meta: dict[str, Any]) -> None:
    assert details(world, events=[event(META, 0, **meta)]).navigations == ()


@pytest.mark.parametrize("data", ["null", "5", '"https://a.test/"', "[]"])
def test_nor_is_one_whose_data_is_no_object(world: World, data: str) -> None:
    body = f'{{"started_at":"2026-05-04T10:00:00Z","events":[{{"type":4,"timestamp":1,"data":{data}}}]}}'

    new = parse_body(body.encode(), NewRecording)

    assert details(world, events=json.loads(bytes(new.events))).navigations == ()


@pytest.mark.parametrize("letters", [100, 8_192, 8_193, 100_000])
def test_every_derived_navigation_can_be_read_again(world: World, letters: int) -> None:
    recording = world.create(events=page_visit(0, "data:" + "x" * (letters - 5))).recording

    shown = RecordingOut.of(recording, details_of(recording)).navigations

    assert [len(one.url) for one in shown] == [min(letters, 8_192)]


def test_derived_ones_end_at_the_cap(world: World) -> None:
    events = [event(META, number, href=f"https://a.test/{number}") for number in range(MAX_NAVIGATIONS + 5)]

    assert len(details(world, events=events).navigations) == MAX_NAVIGATIONS


def test_derived_ones_end_at_the_cap_in_bytes(world: World) -> None:
    events = [event(META, number, href=f"https://a.test/{number}/" + "é" * 2000) for number in range(100)]

    found = details(world, events=events).navigations

    size = sum(len(one.url.encode()) for one in found)
    assert 0.95 * MAX_NAVIGATIONS_BYTES < size <= MAX_NAVIGATIONS_BYTES


@pytest.mark.parametrize(
    "navigations",
    [
        [{"url": "https://a.test/", "timestamp_ms": 0}] * (MAX_NAVIGATIONS + 1),
        [{"url": "https://a.test/" + "é" * 4000, "timestamp_ms": 0}] * 40,
    ],
    ids=["too many", "too large"],
)
def test_more_than_the_cap_is_refused(world: World, navigations: list[dict[str, Any]]) -> None:
    with pytest.raises(InvalidRequest, match="2,000 entries and 256 KiB"):
        world.create(navigations=navigations)

    assert world.media.names(Bucket.MEDIA) == []
