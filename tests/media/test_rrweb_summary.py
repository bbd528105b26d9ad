"""The summary of rrweb events: of the real sample, of nonsense, and of very many."""

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.recorder.visit import PASSWORD
from shared.media.rrweb_summary import (
    MAX_CLICKS,
    MAX_ERRORS,
    MAX_MESSAGE_CHARS,
    MAX_PAGES,
    EventSummary,
    summarize,
)
from shared.recordings.codec import to_plain

SAMPLE = Path(__file__).parents[2] / "demo" / "sample" / "events.json"


@pytest.fixture(scope="module")
def sample() -> EventSummary:
    return summarize(json.loads(SAMPLE.read_text("utf-8")))


def _meta(at_ms: int, url: str) -> dict[str, Any]:
    return {"type": 4, "timestamp": at_ms, "data": {"href": url, "width": 800, "height": 600}}


def _click(at_ms: int) -> dict[str, Any]:
    return {"type": 3, "timestamp": at_ms, "data": {"source": 2, "type": 2, "id": 7, "x": 10.6, "y": 20}}


def _console(at_ms: int, level: str, *arguments: str) -> dict[str, Any]:
    payload = {"level": level, "trace": [], "payload": list(arguments)}
    return {"type": 6, "timestamp": at_ms, "data": {"plugin": "rrweb/console@1", "payload": payload}}


def test_the_sample_tells_which_pages_were_visited(sample: EventSummary) -> None:
    visited = [(page.url.partition("/")[2].partition("/")[2].partition("/")[2], page.title) for page in sample.pages]

    assert visited == [
        ("", "Plants · Fernway"),
        ("plant?slug=boston-fern", "Plant · Fernway"),
        ("", "Plants · Fernway"),
        ("plant?slug=olive-tree", "Plant · Fernway"),
        ("cart", "Basket · Fernway"),
        ("contact", "Contact · Fernway"),
    ]  # fmt: skip
    assert [page.at_ms for page in sample.pages] == sorted(page.at_ms for page in sample.pages)


def test_the_sample_tells_what_went_wrong(sample: EventSummary) -> None:
    assert [(error.level, error.message) for error in sample.errors] == [
        ("error", "coupon refused 404 The coupon WELCOME does not exist or has expired."),
        ("warn", 'message refused ["email"]'),
    ]
    assert sample.error_count == 2


def test_the_sample_counts_what_the_visitor_did(sample: EventSummary) -> None:
    assert sample.click_count == len(sample.clicks) == 18
    assert sample.masked_input_count == len(PASSWORD)
    assert sample.input_count > sample.masked_input_count
    assert sample.scroll_count >= 1
    assert sample.unknown_count == 0
    assert sum(sample.counts_by_type.values()) == sample.event_count
    assert 10_000 < sample.duration_ms < 25_000


def test_no_typed_text_is_in_the_summary() -> None:
    typed = {"type": 3, "timestamp": 1, "data": {"source": 5, "id": 3, "text": "4111 1111 1111 1111"}}

    summary = summarize([typed])

    assert summary.input_count == 1
    assert "4111" not in json.dumps(to_plain(summary))


def test_times_are_from_the_first_event_and_pixels_are_whole() -> None:
    summary = summarize([_meta(1_000_000, "https://shop.example/"), _click(1_002_500)])

    assert summary.pages[0].at_ms == 0
    assert summary.clicks[0].at_ms == 2500
    assert (summary.clicks[0].node_id, summary.clicks[0].x, summary.clicks[0].y) == (7, 11, 20)
    assert summary.duration_ms == 2500


def test_a_checkpoint_of_the_same_page_is_no_new_page() -> None:
    summary = summarize([_meta(1, "https://a.example/"), _meta(2, "https://a.example/")])

    assert summary.page_count == 1


def test_only_errors_and_warnings_count_and_long_messages_are_cut() -> None:
    events = [_console(1, "log", '"fine"'), _console(2, "error", '"' + "x" * 10_000 + '"')]

    summary = summarize(events)

    assert summary.error_count == 1
    assert len(summary.errors[0].message) == MAX_MESSAGE_CHARS


@pytest.mark.parametrize(
    "event",
    [
        None,
        17,
        "event",
        [],
        {},
        {"type": 3},
        {"type": 3, "timestamp": 5, "data": None},
        {"type": 99, "timestamp": 5, "data": {}},
        {"type": "3", "timestamp": 5, "data": {}},
        {"type": True, "timestamp": 5, "data": {}},
        {"type": 3, "timestamp": "noon", "data": {}},
        {"type": 3, "timestamp": float("nan"), "data": {}},
        {"type": 3, "timestamp": 10**400, "data": {}},
    ],
)
def test_what_is_no_event_is_counted_as_unknown(event: Any) -> None:
    summary = summarize([event])

    assert (summary.event_count, summary.unknown_count, summary.duration_ms) == (1, 1, 0)
    assert summary.counts_by_type == {}


@pytest.mark.parametrize(
    "content",
    [
        {"href": 5, "node": {"childNodes": 3}, "source": 2, "type": 2, "id": "x", "plugin": "rrweb/console@1"},
        {"node": {"childNodes": [None, {"tagName": "title", "childNodes": ["x"]}]}, "payload": 5},
        {"plugin": "rrweb/console@1", "payload": {"level": [], "payload": "x"}},
        {"plugin": "rrweb/console@1", "payload": {"level": "error", "payload": [5, "[" * 100_000, '"\\']}},
        {"source": 5, "text": 5, "x": {}, "y": float("inf")},
    ],
)
@pytest.mark.parametrize("kind", range(7))
def test_strange_content_of_a_known_event_does_no_harm(kind: int, content: dict[str, Any]) -> None:
    summary = summarize([_meta(0, "https://a.example/"), {"type": kind, "timestamp": 5, "data": content}])

    assert (summary.event_count, summary.unknown_count) == (2, 0)
    json.dumps(to_plain(summary), allow_nan=False)


def test_memory_does_not_grow_with_the_number_of_events() -> None:
    def events(count: int) -> Iterator[dict[str, Any]]:
        for number in range(count):
            yield _click(number)
            yield _meta(number, f"https://a.example/{number}")
            yield _console(number, "error", f'"{number}"')

    tracemalloc.start()
    summary = summarize(events(20_000))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (summary.click_count, summary.page_count, summary.error_count) == (20_000,) * 3
    assert (len(summary.clicks), len(summary.pages), len(summary.errors)) == (MAX_CLICKS, MAX_PAGES, MAX_ERRORS)
    assert peak_bytes < 500_000
