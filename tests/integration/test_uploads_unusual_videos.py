"""Videos that are hardly any: each recording becomes ready, or fails and says why; none is stuck."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import av
import pytest
import requests
from PIL import Image

from shared import ports
from shared.capture.domain import CaptureDetails
from shared.capture.reading import details_of
from shared.recordings.recording import StoredObject
from shared.recordings.runs import RunState, StepState
from shared.wiring import wired
from tests.integration import unusual_videos as unusual
from tests.integration.platform import Capture
from tests.integration.refusals import refusal
from tests.integration.stored import recording_of, run_of
from tests.integration.unusual_videos import THREE_HOURS_MS
from tests.media import hostile, videos

#: From three hours on, as of a page that has been open for so long.
LATE = range(THREE_HOURS_MS, THREE_HOURS_MS + 1000, 100)
LATE_SOUND = {"audio_ms": (THREE_HOURS_MS, THREE_HOURS_MS + 1000)}
#: A machine that slept for three hours in the middle of it.
JUMP = (*range(0, 1000, 100), *LATE)


def process(capture: Capture, video: bytes) -> dict[str, Any]:
    created = capture.create({"has_video": True})
    capture.upload(created, video)
    return capture.wait_for(created["id"])


def video_of(capture: Capture, id: str) -> requests.Response:
    return capture.call("GET", f"/api/v1/recordings/{id}/video")


def picture_of(stored: StoredObject | None) -> Image.Image:
    assert stored is not None
    return Image.open(io.BytesIO(b"".join(wired(ports.Media).stream(stored))))


def check_previews(details: CaptureDetails, duration_ms: int) -> None:
    """A poster, and a sheet that is as large as it says, of moments that the video has."""
    poster = picture_of(details.poster)
    assert poster.size == (videos.WIDTH, videos.HEIGHT)
    board = details.storyboard
    assert board is not None
    sheet = picture_of(StoredObject(**board["sheet"]))
    assert sheet.size == (board["columns"] * board["tile_width"], board["rows"] * board["tile_height"])
    assert list(board["times_ms"]) == sorted(board["times_ms"])
    assert 0 <= board["times_ms"][0] <= board["times_ms"][-1] <= duration_ms


def check_video(capture: Capture, id: str, *, pictures: int) -> None:
    """What can be downloaded begins at zero, says how long it is and has all its pictures."""
    answer = requests.get(video_of(capture, id).json()["video_url"], timeout=30)

    assert answer.status_code == 200
    with av.open(io.BytesIO(answer.content), "r") as media:
        assert media.duration is not None
        assert (media.start_time or 0) == pytest.approx(0, abs=50_000)
        assert sum(1 for _ in media.decode(video=0)) == pictures


def preview_time(id: str) -> timedelta:
    step = run_of(id).steps["preview_video"]
    assert step.started_at is not None
    assert step.completed_at is not None
    return step.completed_at - step.started_at


READY = {
    "webm of one picture": (lambda: unusual.recorder_webm((0,)), 0, 1),
    "mp4 of one picture": (unusual.mp4_of_one_moment, 0, 1),
    "webm from three hours on": (lambda: unusual.recorder_webm(LATE, audio="libopus", **LATE_SOUND), 1000, 10),
    "mp4 from three hours on": (lambda: unusual.recorder_mp4(LATE, audio="aac", **LATE_SOUND), 1000, 10),
    "webm with three hours missing": (lambda: unusual.recorder_webm(JUMP), THREE_HOURS_MS + 1000, 20),
    "mp4 with three hours missing": (lambda: unusual.recorder_mp4(JUMP), THREE_HOURS_MS + 1000, 20),
}


@pytest.mark.parametrize(("make", "duration_ms", "pictures"), READY.values(), ids=READY)
def test_a_strange_video_is_ready_and_whole(
    capture: Capture, make: Callable[[], bytes], duration_ms: int, pictures: int
) -> None:
    recording = process(capture, make())

    assert recording["status"] == "ready"
    assert recording["duration_ms"] == pytest.approx(duration_ms, abs=150)
    assert run_of(recording["id"]).state is RunState.DONE
    check_video(capture, recording["id"], pictures=pictures)
    assert preview_time(recording["id"]) < timedelta(seconds=15), "hours without a picture must cost nothing"
    check_previews(details_of(recording_of(recording["id"])), recording["duration_ms"])


@pytest.mark.parametrize("container", ["webm", "mp4"])
def test_sound_alone_says_how_long_it_is_and_can_be_heard(capture: Capture, container: str) -> None:
    make = videos.make_browser_webm if container == "webm" else videos.make_mp4
    recording = process(capture, make(video=None, audio_ms=(0, 2000)))

    assert recording["status"] == "ready"
    assert recording["duration_ms"] == pytest.approx(2000, abs=50)
    assert run_of(recording["id"]).steps["preview_video"].state is StepState.SKIPPED
    details = details_of(recording_of(recording["id"]))
    assert (details.poster, details.storyboard) == (None, None)
    heard = requests.get(video_of(capture, recording["id"]).json()["video_url"], timeout=30).content
    with av.open(io.BytesIO(heard), "r") as media:
        assert sum(frame.samples for frame in media.decode(audio=0)) == pytest.approx(2 * videos.RATE_HZ, rel=0.05)


def test_a_fragmented_mp4_that_was_cut_is_kept_up_to_the_cut(capture: Capture) -> None:
    whole = unusual.recorder_mp4(range(0, 4000, 100))

    recording = process(capture, whole[: len(whole) * 3 // 4])

    assert recording["status"] == "ready"
    assert 1000 < recording["duration_ms"] < 3900
    check_previews(details_of(recording_of(recording["id"])), recording["duration_ms"])


FAILED = {
    "webm header": (unusual.webm_header, "truncated"),
    "webm without pictures": (unusual.webm_without_pictures, "empty"),
    "mp4 header": (unusual.mp4_header, "empty"),
    "mp4 without tracks": (hostile.empty_movie, "no_media_stream"),
    "one byte": (lambda: b"\x1a", "not_a_video"),
    "web page": (lambda: b"<!doctype html><title>Sign in</title>", "not_a_video"),
    "zip": (lambda: b"PK\x03\x04" + bytes(1000), "not_a_video"),
    "damaged header": (lambda: unusual.recorder_webm()[:40] + bytes(2000), "truncated"),
}


@pytest.mark.parametrize(("make", "code"), FAILED.values(), ids=FAILED)
def test_a_video_with_nothing_in_it_fails_at_its_first_attempt_and_says_why(
    capture: Capture, make: Callable[[], bytes], code: str
) -> None:
    recording = process(capture, make())

    assert recording["status"] == "failed"
    failure = recording_of(recording["id"]).failure
    assert failure is not None
    assert failure.code == code
    assert failure.message.endswith(".")
    assert run_of(recording["id"]).steps["remux_video"].attempts == 1
    assert refusal(video_of(capture, recording["id"]), 409, "conflict").endswith("the recording is failed")
