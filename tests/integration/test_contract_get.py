"""One recording, as every answer shows it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.api_keys import save_key
from tests.integration.platform import Capture, RunningPlatform

PATH = "/api/v1/recordings"
PROJECT = "0b6e1c5e-9f53-4b1b-8d0c-6a3d1f0a9c11"

KEYS = (
    "id",
    "tenant_id",
    "project_id",
    "user_id",
    "name",
    "status",
    "started_at",
    "ended_at",
    "duration_ms",
    "event_count",
    "has_video",
    "has_audio",
    "navigations",
    "journey_id",
    "created_at",
    "updated_at",
)


def test_the_smallest_recording_has_every_key_in_the_contracts_order(capture: Capture) -> None:
    created = capture.create({"has_video": True})

    answer = capture.get(created["id"])

    created_at, updated_at = (json.dumps(answer.json()[key]) for key in ("created_at", "updated_at"))
    assert tuple(answer.json()) == KEYS
    assert answer.text == (
        f'{{"id":"{created["id"]}","tenant_id":"demo","project_id":null,"user_id":"admin",'
        '"name":"Recording 2026-05-04T10:00:00Z","status":"uploading","started_at":"2026-05-04T10:00:00Z",'
        '"ended_at":null,"duration_ms":0,"event_count":0,"has_video":true,"has_audio":false,"navigations":[],'
        f'"journey_id":null,"created_at":{created_at},"updated_at":{updated_at}}}'
    )


def test_a_full_recording_has_the_same_keys_and_the_same_types(capture: Capture) -> None:
    sent = {
        "name": 'Quotes " and ümläuts',
        "ended_at": "2026-05-04T10:00:02Z",
        "project_id": PROJECT,
        "navigations": [{"timestamp_ms": 3, "url": "https://a.example/?q=1&r=é", "title": "left out"}],
        "has_video": True,
        "has_audio": True,
    }
    created = capture.create(sent)

    answer = capture.get(created["id"])

    times = {key: json.dumps(answer.json()[key]) for key in ("created_at", "updated_at")}
    assert answer.text == (
        f'{{"id":"{created["id"]}","tenant_id":"demo","project_id":"{PROJECT}","user_id":"admin",'
        '"name":"Quotes \\" and ümläuts","status":"uploading","started_at":"2026-05-04T10:00:00Z",'
        '"ended_at":"2026-05-04T10:00:02Z","duration_ms":2000,"event_count":0,"has_video":true,"has_audio":true,'
        '"navigations":[{"url":"https://a.example/?q=1&r=é","timestamp_ms":3}],'
        f'"journey_id":null,"created_at":{times["created_at"]},"updated_at":{times["updated_at"]}}}'
    )


def test_a_recording_is_the_same_in_the_list_and_alone(fresh: Capture) -> None:
    created = fresh.create({"has_video": True, "project_id": PROJECT})

    alone, listed = fresh.get(created["id"]), fresh.call("GET", PATH)

    assert listed.text == f'{{"recordings":[{alone.text}],"next_cursor":null}}'


def test_the_times_of_the_record_are_utc_and_now(capture: Capture) -> None:
    recording = capture.recording(capture.create({"has_video": True})["id"])

    assert recording["created_at"].endswith("Z")
    assert recording["updated_at"] == recording["created_at"]
    age = datetime.now(UTC) - datetime.fromisoformat(recording["created_at"])
    assert timedelta(0) <= age < timedelta(seconds=30)


def test_a_recording_says_which_user_of_the_tenant_made_it(platform: RunningPlatform, stranger: Capture) -> None:
    colleague = platform.client(save_key("strangers", "ada"))

    created = colleague.create()

    recording = stranger.recording(created["id"])
    assert (recording["tenant_id"], recording["user_id"]) == ("strangers", "ada")


@pytest.mark.parametrize("query", ["?fields=id", "?id=1&id=2"])
def test_a_query_that_nobody_asked_for_changes_nothing(capture: Capture, query: str) -> None:
    id = capture.create({"has_video": True})["id"]

    assert capture.get(id + query).text == capture.get(id).text
