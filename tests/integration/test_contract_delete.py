"""Deleting: at once, for good, for everybody."""

from __future__ import annotations

from typing import Any

import requests

from shared import ports
from shared.recordings.objects import EventsName
from shared.recordings.recording import Bucket, Family
from shared.wiring import wired
from tests.integration.platform import Capture
from tests.integration.refusals import refusal

PATH = "/api/v1/recordings"


def test_a_delete_has_no_body_and_says_nothing_of_one(capture: Capture) -> None:
    id = capture.create()["id"]

    answer = capture.delete(id)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert answer.headers.get("Content-Length", "0") == "0"


def test_a_second_delete_finds_nothing(capture: Capture) -> None:
    id = capture.create()["id"]
    capture.delete(id)

    assert refusal(capture.delete(id), 404, "not_found") == "recording not found"


def test_a_deleted_recording_is_in_no_list(fresh: Capture) -> None:
    kept, gone = (fresh.create({"has_video": True})["id"] for _ in range(2))

    fresh.delete(gone)

    assert [one["id"] for one in fresh.call("GET", PATH).json()["recordings"]] == [kept]


def test_the_events_leave_the_store_with_their_recording(capture: Capture) -> None:
    id = capture.create({"has_video": True})["id"]
    media, name = wired(ports.Media), EventsName(Family.CAPTURE, id, "events.json").render()
    assert media.describe(Bucket.MEDIA, name) is not None

    capture.delete(id)

    assert media.describe(Bucket.MEDIA, name) is None


def test_a_stranger_deletes_nothing(capture: Capture, stranger: Capture) -> None:
    id = capture.create({"has_video": True})["id"]

    assert stranger.delete(id).status_code == 404
    assert capture.get(id).status_code == 200


def test_an_upload_that_was_under_way_finds_no_recording(capture: Capture) -> None:
    created: dict[str, Any] = capture.create({"has_video": True})
    capture.delete(created["id"])

    requests.put(created["video_upload_url"], data=b"late", timeout=30)

    assert capture.get(created["id"]).status_code == 404
    assert capture.confirm(created["id"]).status_code == 404
