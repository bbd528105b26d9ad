"""Confirming an upload, and where the playable video is."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import av
import pytest
import requests

from tests.integration.platform import Capture, RunningPlatform
from tests.integration.refusals import refusal

PATH = "/api/v1/recordings"


def video_of(capture: Capture, id: str) -> requests.Response:
    return capture.call("GET", f"{PATH}/{id}/video")


@pytest.fixture(scope="module")
def ready_id(platform: RunningPlatform, sample_video: bytes) -> str:
    """A recording whose video has been processed."""
    client = platform.client()
    created = client.create({"has_video": True, "has_audio": True})
    client.upload(created, sample_video)
    assert client.wait_for(created["id"])["status"] == "ready"
    id: str = created["id"]
    return id


def test_a_confirmation_answers_with_the_recording_on_its_way(capture: Capture, sample_video: bytes) -> None:
    created = capture.create({"has_video": True})
    capture.upload(created, sample_video)

    answer = capture.confirm(created["id"])

    before, now = answer.json(), capture.recording(created["id"])
    assert answer.status_code == 200
    assert list(before) == list(now)
    assert before["status"] in ("processing", "ready")
    assert {name: before[name] for name in before if name not in ("status", "duration_ms", "updated_at")} == {
        name: now[name] for name in now if name not in ("status", "duration_ms", "updated_at")
    }


def test_a_confirmation_of_a_finished_recording_changes_nothing(capture: Capture, ready_id: str) -> None:
    before = capture.get(ready_id).text

    answers = [capture.confirm(ready_id) for _ in range(2)]

    assert [(answer.status_code, answer.text) for answer in answers] == [(200, before)] * 2
    assert capture.get(ready_id).text == before


def test_a_confirmation_of_a_failed_recording_changes_nothing(capture: Capture) -> None:
    created = capture.create({"has_video": True})
    capture.upload(created, b"")
    failed = capture.wait_for(created["id"], "failed")

    answer = capture.confirm(created["id"])

    assert (answer.status_code, answer.json()) == (200, failed)


def test_a_confirmation_needs_no_body_and_looks_at_none(capture: Capture, ready_id: str) -> None:
    answer = capture.call("POST", f"{PATH}/{ready_id}/confirm", data=b"{not json", headers={"Idempotency-Key": "once"})

    assert answer.status_code == 200


def test_a_video_that_has_not_come_cannot_be_confirmed(capture: Capture) -> None:
    created = capture.create({"has_video": True})

    message = refusal(capture.confirm(created["id"]), 409, "conflict")

    assert "not been uploaded" in message
    assert capture.recording(created["id"])["status"] == "uploading"


def test_a_recording_without_video_has_nothing_to_confirm(capture: Capture) -> None:
    created = capture.create()

    assert "without a video" in refusal(capture.confirm(created["id"]), 409, "conflict")


def test_the_answer_for_a_video_is_its_url_and_when_that_ends(capture: Capture, ready_id: str) -> None:
    answer = video_of(capture, ready_id)

    url, expires_at = answer.json()["video_url"], answer.json()["expires_at"]
    assert answer.status_code == 200
    assert answer.text == f'{{"video_url":{json.dumps(url)},"expires_at":"{expires_at}"}}'
    remaining = datetime.fromisoformat(expires_at) - datetime.now(UTC)
    assert timedelta(minutes=59) < remaining <= timedelta(hours=1)


def test_the_url_ends_when_the_answer_says_so(capture: Capture, ready_id: str) -> None:
    answer: dict[str, Any] = video_of(capture, ready_id).json()

    query = parse_qs(urlsplit(answer["video_url"]).query)
    signed_at = datetime.strptime(query["X-Goog-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    ends_at = signed_at + timedelta(seconds=int(query["X-Goog-Expires"][0]))
    assert abs(ends_at - datetime.fromisoformat(answer["expires_at"])) < timedelta(seconds=5)


def test_the_url_plays_for_whoever_has_it(capture: Capture, ready_id: str) -> None:
    played = requests.get(video_of(capture, ready_id).json()["video_url"], timeout=30)

    assert (played.status_code, played.headers["Content-Type"]) == (200, "video/webm")
    with av.open(io.BytesIO(played.content), "r") as media:
        assert {stream.type for stream in media.streams} == {"video", "audio"}
        assert media.duration is not None
        assert sum(1 for _ in media.decode(video=0)) > 10


def test_the_url_takes_ranges_as_a_player_asks_for_them(capture: Capture, ready_id: str) -> None:
    url = video_of(capture, ready_id).json()["video_url"]

    part = requests.get(url, headers={"Range": "bytes=100-199"}, timeout=30)

    assert (part.status_code, len(part.content)) == (206, 100)
    assert part.content == requests.get(url, timeout=30).content[100:200]


def test_every_answer_signs_anew_and_nobody_can_change_what_was_signed(capture: Capture, ready_id: str) -> None:
    url = video_of(capture, ready_id).json()["video_url"]

    tampered = requests.get(url.replace("X-Goog-Expires=3600", "X-Goog-Expires=360000"), timeout=30)

    assert tampered.status_code in (400, 403)


def test_a_video_that_has_not_come_cannot_be_played(capture: Capture) -> None:
    created = capture.create({"has_video": True})

    message = refusal(video_of(capture, created["id"]), 409, "conflict")

    assert "not ready" in message


def test_a_recording_without_video_has_none_to_play(capture: Capture) -> None:
    created = capture.create()

    assert "without a video" in refusal(video_of(capture, created["id"]), 409, "conflict")
