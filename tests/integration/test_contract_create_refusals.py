"""What cannot become a recording, and how the answer says why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.platform import Capture, minimal
from tests.integration.refusals import refusal
from tests.integration.rrweb_events import incremental, meta

PATH = "/api/v1/recordings"
START = '"started_at":"2026-05-04T10:00:00Z"'
DEEP = "[" * 100_000 + "]" * 100_000

NOT_JSON = [
    pytest.param("", id="nothing"),
    pytest.param("{", id="cut short"),
    pytest.param(f"{{{START},'events':[]}}", id="single quotes"),
    pytest.param(f'{{{START},"events":[],}}', id="a comma too many"),
    pytest.param(f'{{{START},"events":[]}} {{}}', id="two objects"),
    pytest.param(f'{{{START},"events":[],"duration_ms":NaN}}', id="NaN"),
    pytest.param(f'{{{START},"events":[{{"type":3,"timestamp":1,"data":{{"x":NaN}}}}]}}', id="NaN in an event"),
    pytest.param(f'{{{START},"events":[],"deep":{DEEP}}}', id="nested for ever"),
    pytest.param(f'{{{START},"events":[{{"type":3,"timestamp":1,"data":{DEEP}}}]}}', id="an event nested for ever"),
]
NOT_AN_OBJECT = ["[]", "null", '"text"', "7"]
FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"started_at": None}, "started_at"),
    ({"started_at": "2026-05-04T10:00:00"}, "started_at"),
    ({"started_at": "2026-05-04"}, "started_at"),
    ({"started_at": 1_777_888_800_000}, "started_at"),
    ({"started_at": "yesterday"}, "started_at"),
    ({"started_at": "2026-02-30T10:00:00Z"}, "started_at"),
    ({"started_at": "0001-01-01T00:00:00+05:00"}, "started_at"),
    ({"ended_at": "2026-05-04T10:00:00"}, "ended_at"),
    ({"ended_at": "2026-05-04T11:59:59+02:00"}, "ended_at is before started_at"),
    ({"name": 7}, "name"),
    ({"name": "x" * 2_000_000}, "name"),
    ({"duration_ms": -1}, "duration_ms"),
    ({"duration_ms": 1.5}, "duration_ms"),
    ({"duration_ms": "1000"}, "duration_ms"),
    ({"duration_ms": True}, "duration_ms"),
    ({"duration_ms": 10**30}, "duration_ms"),
    ({"event_count": -1}, "event_count"),
    ({"event_count": "2"}, "event_count"),
    ({"has_video": "yes"}, "has_video"),
    ({"has_video": 1}, "has_video"),
    ({"has_audio": "no"}, "has_audio"),
    ({"project_id": "shop"}, "project_id"),
    ({"project_id": "0b6e1c5e9f534b1b8d0c6a3d1f0a9c11"}, "project_id"),
    ({"events": None}, "events"),
    ({"events": {}}, "events"),
    ({"events": "[]"}, "events"),
    ({"navigations": {}}, "navigations"),
    ({"navigations": ["https://a.example/"]}, "navigations.0"),
    ({"navigations": [{"url": "https://a.example/"}]}, "navigations.0.timestamp_ms"),
    ({"navigations": [{"url": "https://a.example/", "timestamp_ms": -1}]}, "navigations.0.timestamp_ms"),
    ({"navigations": [{"url": "https://a.example/", "timestamp_ms": 0.5}]}, "navigations.0.timestamp_ms"),
    ({"navigations": [{"url": None, "timestamp_ms": 0}]}, "navigations.0.url"),
    ({"navigations": [{"url": "https://a.example/", "timestamp_ms": n} for n in range(2_001)]}, "navigations"),
    ({"navigations": [{"url": "https://a.example/" + "x" * 4_000, "timestamp_ms": n} for n in range(70)]}, "2,000"),
]
NOT_EVENTS = [
    pytest.param("7", id="a number"),
    pytest.param("null", id="null"),
    pytest.param('[{"type":3,"timestamp":1}]', id="an array"),
    pytest.param('{"timestamp":1,"data":{}}', id="no type"),
    pytest.param('{"type":3,"data":{}}', id="no timestamp"),
    pytest.param('{"type":"3","timestamp":1}', id="type as text"),
    pytest.param('{"type":3.5,"timestamp":1}', id="half a type"),
    pytest.param('{"type":null,"timestamp":1}', id="no type but null"),
    pytest.param('{"type":3,"timestamp":"2026-05-04T10:00:00Z"}', id="timestamp as text"),
    pytest.param('{"type":3,"timestamp":1e999}', id="a timestamp beyond all numbers"),
]


def post(capture: Capture, body: str | bytes) -> Any:
    return capture.call("POST", PATH, data=body.encode() if isinstance(body, str) else body)


@pytest.mark.parametrize("body", NOT_JSON)
def test_a_body_that_is_not_json_is_refused(capture: Capture, body: str) -> None:
    message = refusal(post(capture, body), 400, "invalid_request")

    assert "JSON" in message


@pytest.mark.parametrize("body", NOT_AN_OBJECT)
def test_a_body_that_is_no_object_is_refused(capture: Capture, body: str) -> None:
    assert refusal(post(capture, body), 400, "invalid_request") == "the body must be a JSON object"


def test_a_body_that_is_not_utf8_is_refused(capture: Capture) -> None:
    body = f'{{{START},"events":[],"name":"'.encode() + b'\xff"}'

    assert "UTF-8" in refusal(post(capture, body), 400, "invalid_request")


@pytest.mark.parametrize("missing", ["started_at", "events"])
def test_a_body_without_a_required_field_is_refused_by_its_name(capture: Capture, missing: str) -> None:
    body = minimal()
    del body[missing]

    message = refusal(capture.call("POST", PATH, json=body), 400, "invalid_request")

    assert message.startswith(f"{missing}: ")


@pytest.mark.parametrize(("fields", "named"), FIELDS, ids=lambda case: str(case)[:40])
def test_a_field_that_is_not_what_it_should_be_is_refused_by_its_name(
    capture: Capture, fields: dict[str, Any], named: str
) -> None:
    answer = capture.call("POST", PATH, json={**minimal(), **fields})

    assert named in refusal(answer, 400, "invalid_request")
    assert len(answer.content) < 500, "what was sent is not sent back"


@pytest.mark.parametrize("event", NOT_EVENTS)
def test_an_event_that_is_none_is_refused_by_its_index(capture: Capture, event: str) -> None:
    body = f'{{{START},"events":[{{"type":3,"timestamp":1}},{event}]}}'

    assert "events[1]" in refusal(post(capture, body), 400, "invalid_request")


@pytest.mark.parametrize("timestamp", ["1e300", "9223372036854775807"])
def test_an_event_beyond_all_clocks_is_refused_by_its_index(fresh: Capture, timestamp: str) -> None:
    body = f'{{{START},"events":[{{"type":3,"timestamp":1}},{{"type":3,"timestamp":{timestamp}}}]}}'

    assert "events[1]" in refusal(post(fresh, body), 400, "invalid_request")


def test_two_thousand_navigations_are_taken(capture: Capture) -> None:
    navigations = [{"url": f"https://a.example/{at}", "timestamp_ms": at} for at in range(2_000)]

    created = capture.create({"navigations": navigations})

    assert capture.recording(created["id"])["navigations"] == navigations


def test_pages_that_nobody_listed_are_kept_up_to_the_cap(capture: Capture) -> None:
    events = [meta(at, f"https://a.example/{at}") for at in range(2_100)]

    created = capture.create({"events": events})

    recording = capture.recording(created["id"])
    assert len(recording["navigations"]) == 2_000
    assert recording["event_count"] == 2_100


def test_a_page_with_an_endless_address_does_not_spoil_the_list(fresh: Capture) -> None:
    """A recorder reports `data:` URLs as they are; nobody can be asked to shorten them."""
    created = fresh.create({"events": [meta(0, "data:text/html," + "x" * 9_000), meta(50, "https://a.example/")]})

    assert fresh.get(created["id"]).status_code == 200
    listed = fresh.call("GET", PATH)
    assert [one["id"] for one in listed.json()["recordings"]] == [created["id"]]


def test_a_refused_recording_does_not_come_to_be(fresh: Capture) -> None:
    fresh.call("POST", PATH, json={**minimal(), "events": [incremental(0), {"type": 3}]})

    assert fresh.call("GET", PATH).json() == {"recordings": [], "next_cursor": None}
