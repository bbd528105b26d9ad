"""Who comes first: the trigger or the confirmation, one upload or the next."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from shared.recordings.recording import Bucket
from shared.recordings.runs import StepState
from tests.integration.held_triggers import held_triggers
from tests.integration.platform import Capture, RunningPlatform, eventually
from tests.integration.refusals import refusal
from tests.integration.stored import count_runs, objects_of, paused, recording_of, run_of, wait_for_step
from tests.integration.unusual_videos import recorder_webm

ONE_SECOND, TWO_SECONDS = recorder_webm(), recorder_webm(range(0, 2000, 100))


def send_half(url: str, video: bytes) -> None:
    """Begin an upload as whole as it says, and hang up in the middle of it."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=10)
    connection.putrequest("PUT", f"{address.path}?{address.query}")
    connection.putheader("Content-Length", str(len(video)))
    connection.endheaders(video[: len(video) // 2])
    connection.close()


def played(capture: Capture, id: str) -> bytes:
    url = capture.call("GET", f"/api/v1/recordings/{id}/video").json()["video_url"]
    return requests.get(url, timeout=30).content


def uploaded(id: str) -> list[int]:
    """The sizes of what lies in the uploads bucket for a recording."""
    return [stored.size_bytes for stored in objects_of(id) if stored.bucket is Bucket.UPLOADS]


def test_a_confirmation_before_the_trigger_starts_the_run_and_the_trigger_finds_it_started(
    platform: RunningPlatform, capture: Capture
) -> None:
    created = capture.create({"has_video": True})
    with held_triggers(platform):
        capture.upload(created, ONE_SECOND)
        assert capture.confirm(created["id"]).json()["status"] == "processing"
    ready = capture.wait_for(created["id"], "ready")

    # The uploads of others are delivered behind this one's: once such a one is processed, this one's has come.
    behind = capture.create({"has_video": True})
    capture.upload(behind, ONE_SECOND)
    capture.wait_for(behind["id"], "ready")

    assert capture.recording(created["id"]) == ready
    assert count_runs(created["id"]) == 1
    assert [move.actor for move in recording_of(created["id"]).history][1] == "user:admin"


def test_an_empty_upload_is_not_confirmed_and_fails_by_its_trigger(platform: RunningPlatform, capture: Capture) -> None:
    created = capture.create({"has_video": True})
    with held_triggers(platform):
        capture.upload(created, b"")

        message = refusal(capture.confirm(created["id"]), 409, "conflict")

        assert "empty" in message
        assert capture.recording(created["id"])["status"] == "uploading"
    capture.wait_for(created["id"], "failed")
    assert recording_of(created["id"]).failure.code == "empty_upload"  # type: ignore[union-attr]
    assert count_runs(created["id"]) == 0
    eventually(lambda: not uploaded(created["id"]), what="the empty upload being removed")


def test_an_upload_that_broke_off_counts_for_nothing_and_can_be_made_again(capture: Capture) -> None:
    created = capture.create({"has_video": True})
    send_half(created["video_upload_url"], ONE_SECOND)

    message = refusal(capture.confirm(created["id"]), 409, "conflict")

    assert "not been uploaded" in message
    assert uploaded(created["id"]) == []
    capture.upload(created, ONE_SECOND)
    assert capture.confirm(created["id"]).status_code == 200
    assert capture.wait_for(created["id"])["status"] == "ready"


def test_an_upload_that_breaks_off_does_not_replace_the_one_before(platform: RunningPlatform, capture: Capture) -> None:
    created = capture.create({"has_video": True})
    with held_triggers(platform):
        capture.upload(created, TWO_SECONDS)
        send_half(created["video_upload_url"], ONE_SECOND)

        assert uploaded(created["id"]) == [len(TWO_SECONDS)]
        capture.confirm(created["id"])

    assert capture.wait_for(created["id"], "ready")["duration_ms"] > 1500


def test_a_second_upload_before_the_confirmation_is_the_one_that_counts(
    platform: RunningPlatform, capture: Capture
) -> None:
    created = capture.create({"has_video": True})
    with held_triggers(platform):
        capture.upload(created, TWO_SECONDS)
        capture.upload(created, ONE_SECOND)
        capture.confirm(created["id"])

    assert capture.wait_for(created["id"], "ready")["duration_ms"] < 1500
    assert count_runs(created["id"]) == 1


def test_a_second_upload_after_the_first_was_pinned_changes_nothing(capture: Capture) -> None:
    created = capture.create({"has_video": True})
    with paused("media"):
        capture.upload(created, ONE_SECOND)
        wait_for_step(created["id"], "pin_upload", StepState.DONE)
        capture.upload(created, TWO_SECONDS)
    ready = capture.wait_for(created["id"], "ready")

    assert ready["duration_ms"] < 1500
    assert recording_of(created["id"]).upload.size_bytes == len(ONE_SECOND)  # type: ignore[union-attr]
    assert count_runs(created["id"]) == 1


def test_an_upload_after_the_end_changes_nothing_that_can_be_seen(capture: Capture) -> None:
    created = capture.create({"has_video": True})
    capture.upload(created, ONE_SECOND)
    ready = capture.wait_for(created["id"], "ready")
    video = played(capture, created["id"])

    capture.upload(created, TWO_SECONDS)

    assert capture.confirm(created["id"]).json() == ready
    assert played(capture, created["id"]) == video
    assert count_runs(created["id"]) == 1


def test_a_good_upload_after_a_failed_one_does_not_bring_the_recording_back(capture: Capture) -> None:
    created = capture.create({"has_video": True})
    capture.upload(created, b"")
    failed = capture.wait_for(created["id"], "failed")

    capture.upload(created, ONE_SECOND)

    assert capture.confirm(created["id"]).json() == failed
    assert count_runs(created["id"]) == 0


@pytest.mark.parametrize(
    ("replacement", "code"),
    [pytest.param(b"", "empty_upload", id="empty"), pytest.param(b"no video at all", "not_a_video", id="text")],
)
def test_a_replacement_that_is_no_video_fails_though_the_first_was_one(
    capture: Capture, replacement: bytes, code: str
) -> None:
    created: dict[str, Any] = capture.create({"has_video": True})
    with paused("light"):
        capture.upload(created, ONE_SECOND)
        capture.wait_for(created["id"], "processing")
        capture.upload(created, replacement)

    assert capture.wait_for(created["id"])["status"] == "failed"
    assert recording_of(created["id"]).failure.code == code  # type: ignore[union-attr]
    assert run_of(created["id"]).failure.code == code  # type: ignore[union-attr]


@pytest.mark.parametrize("first", ["trigger", "confirm"])
def test_whoever_comes_second_learns_what_the_first_began(
    platform: RunningPlatform, capture: Capture, first: str
) -> None:
    created = capture.create({"has_video": True})
    orders: dict[str, Callable[[], Any]] = {
        "trigger": lambda: capture.wait_for(created["id"], "processing"),
        "confirm": lambda: capture.confirm(created["id"]),
    }
    with paused("light"):
        if first == "confirm":
            with held_triggers(platform):
                capture.upload(created, ONE_SECOND)
                orders["confirm"]()
        else:
            capture.upload(created, ONE_SECOND)
            orders["trigger"]()
        started = run_of(created["id"]).id

        assert capture.confirm(created["id"]).json()["status"] == "processing"
        assert run_of(created["id"]).id == started

    assert capture.wait_for(created["id"])["status"] == "ready"
    assert count_runs(created["id"]) == 1
