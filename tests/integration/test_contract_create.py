"""Creating a browser recording: the answers, and what is kept of what was sent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
import requests

from tests.integration.platform import Capture, minimal
from tests.integration.rrweb_events import START_MS, incremental, meta

PATH = "/api/v1/recordings"


def served_events(capture: Capture, id: str) -> requests.Response:
    return capture.call("GET", f"{PATH}/{id}/events")


def test_a_recording_without_video_is_answered_with_id_and_status_alone(capture: Capture) -> None:
    answer = capture.call("POST", PATH, json=minimal())

    id = answer.json()["id"]
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.text == f'{{"id":"{id}","status":"processing"}}'
    assert str(UUID(id)) == id


def test_a_recording_with_video_is_answered_with_where_to_put_it(capture: Capture) -> None:
    answer = capture.call("POST", PATH, json={**minimal(), "has_video": True})

    created = answer.json()
    url = created["video_upload_url"]
    assert answer.status_code == 201
    assert answer.text == f'{{"id":"{created["id"]}","status":"uploading","video_upload_url":{json.dumps(url)}}}'


def test_the_upload_url_is_signed_for_an_hour_and_for_the_host_alone(capture: Capture) -> None:
    created = capture.create({"has_video": True})

    query = parse_qs(urlsplit(created["video_upload_url"]).query)
    assert query["X-Goog-Algorithm"] == ["GOOG4-RSA-SHA256"]
    assert query["X-Goog-Expires"] == ["3600"]
    assert query["X-Goog-SignedHeaders"] == ["host"]


def test_the_upload_url_takes_a_put_with_whatever_headers_a_client_sends(capture: Capture) -> None:
    created = capture.create({"has_video": True})
    headers = {"Content-Type": "video/webm;codecs=vp9,opus", "Cache-Control": "no-store", "X-Client": "extension/3"}

    answer = requests.put(created["video_upload_url"], data=b"not looked at", headers=headers, timeout=30)

    assert answer.status_code == 200, answer.text


def test_everything_that_was_sent_is_what_the_recording_says(capture: Capture) -> None:
    sent = {
        "name": "Checkout, with a coupon — ☕",
        "started_at": "2026-05-04T10:00:00.250Z",
        "ended_at": "2026-05-04T12:00:01.500+02:00",
        "duration_ms": 1234,
        "navigations": [{"url": "https://shop.example/", "timestamp_ms": 0}],
        "project_id": "0b6e1c5e-9f53-4b1b-8d0c-6a3d1f0a9c11",
        "has_video": True,
        "has_audio": True,
    }

    recording = capture.recording(capture.create(sent)["id"])

    kept = {**sent, "started_at": "2026-05-04T10:00:00.250000Z", "ended_at": "2026-05-04T10:00:01.500000Z"}
    assert {name: recording[name] for name in sent} == kept


@pytest.mark.parametrize(
    ("sent", "duration_ms"),
    [
        pytest.param({"duration_ms": 77, "ended_at": "2026-05-04T10:00:09Z"}, 77, id="given"),
        pytest.param({"ended_at": "2026-05-04T10:00:09.123Z"}, 9123, id="the end minus the start"),
        pytest.param({}, 4_000, id="the last event minus the first"),
        pytest.param({"events": [incremental(500)]}, 0, id="one event lasts no time"),
    ],
)
def test_the_duration_is_taken_from_the_best_that_was_sent(
    capture: Capture, sent: dict[str, Any], duration_ms: int
) -> None:
    events = [incremental(1_000), incremental(5_000), incremental(2_500)]

    created = capture.create({"events": events, **sent})

    assert capture.recording(created["id"])["duration_ms"] == duration_ms


def test_a_recording_without_a_name_is_called_by_its_start(capture: Capture) -> None:
    created = capture.create({"started_at": "2026-05-04T12:30:00+02:00"})

    assert capture.recording(created["id"])["name"] == "Recording 2026-05-04T10:30:00Z"


def test_null_is_as_good_as_leaving_a_field_out(capture: Capture) -> None:
    fields = ("name", "ended_at", "duration_ms", "event_count", "navigations", "project_id")

    created = capture.create(dict.fromkeys(fields))

    recording, smallest = (capture.recording(id) for id in (created["id"], capture.create()["id"]))
    assert [recording[field] for field in fields] == [smallest[field] for field in fields]


def test_the_server_counts_the_events_itself(capture: Capture) -> None:
    created = capture.create({"event_count": 999, "events": [incremental(0), incremental(1)]})

    assert capture.recording(created["id"])["event_count"] == 2


def test_events_out_of_order_are_served_by_their_time(capture: Capture) -> None:
    late, early, first_of_two, second_of_two = (
        incremental(900, "late"),
        incremental(100, "early"),
        incremental(500, "one"),
        incremental(500, "two"),
    )

    created = capture.create({"events": [late, first_of_two, second_of_two, early]})

    assert served_events(capture, created["id"]).json() == [early, first_of_two, second_of_two, late]


def test_unknown_types_and_extra_keys_are_served_byte_for_byte(capture: Capture) -> None:
    events = (
        '[{"type" : 99, "extra":{"big":123456789012345678901234567890,"n":1.50,"e":1e2},\n "timestamp":1.5},'
        '{"timestamp":2,"data":{"b":"\\u00e9\\/ é 😀","b":"twice","a":null},"type":5,"delay":-0},'
        '{"type":3,"timestamp":3}]'
    )
    body = f'{{"started_at":"2026-05-04T10:00:00Z","more":[1],"events":{events}}}'

    answer = capture.call("POST", PATH, data=body.encode())

    assert answer.status_code == 201, answer.text
    assert served_events(capture, answer.json()["id"]).content == events.encode()


def test_half_a_surrogate_pair_does_not_cost_the_rest_of_the_recording(capture: Capture) -> None:
    events = r'[{"type":5,"timestamp":1,"data":{"cut":"ab\ud83d","whole":"\ud83d\ude00","path":"\\ud83d"}}]'
    body = rf'{{"started_at":"2026-05-04T10:00:00Z","name":"cut \udc00","events":{events}}}'

    id = capture.call("POST", PATH, data=body.encode()).json()["id"]

    assert capture.recording(id)["name"] == "cut \ufffd"
    assert served_events(capture, id).json()[0]["data"] == {"cut": "ab\ufffd", "whole": "😀", "path": r"\ud83d"}


def test_the_last_of_two_equal_keys_counts_as_in_a_browser(capture: Capture) -> None:
    body = b'{"started_at":"2026-05-04T10:00:00Z","events":[],"name":"first","name":"second"}'

    id = capture.call("POST", PATH, data=body).json()["id"]

    assert capture.recording(id)["name"] == "second"


def test_a_json_body_needs_no_content_type_to_be_taken(capture: Capture) -> None:
    answer = capture.call("POST", PATH, data=json.dumps(minimal()).encode(), headers={"Content-Type": "text/plain"})

    assert answer.status_code == 201


def test_pages_are_derived_from_the_meta_events(capture: Capture) -> None:
    events = [meta(200, "https://a.example/"), meta(900, "https://b.example/"), incremental(0)]

    created = capture.create({"events": events})

    assert capture.recording(created["id"])["navigations"] == [
        {"url": "https://a.example/", "timestamp_ms": 200},
        {"url": "https://b.example/", "timestamp_ms": 900},
    ]


def test_a_resize_of_a_page_is_no_navigation_but_a_return_to_it_is(capture: Capture) -> None:
    pages = ["https://a.example/", "https://a.example/", "https://b.example/", "https://a.example/"]

    created = capture.create({"events": [meta(100 * at, href) for at, href in enumerate(pages)]})

    visited = [one["url"] for one in capture.recording(created["id"])["navigations"]]
    assert visited == ["https://a.example/", "https://b.example/", "https://a.example/"]


def test_navigations_that_are_given_are_not_derived(capture: Capture) -> None:
    events = [meta(0, "https://a.example/")]

    created = capture.create({"events": events, "navigations": []})

    assert capture.recording(created["id"])["navigations"] == []


def test_a_meta_event_without_an_address_is_kept_and_names_no_page(capture: Capture) -> None:
    events = [{"type": 4, "timestamp": START_MS, "data": {"href": 7}}, {"type": 4, "timestamp": START_MS}]

    created = capture.create({"events": events})

    assert capture.recording(created["id"])["navigations"] == []
    assert served_events(capture, created["id"]).json() == events
