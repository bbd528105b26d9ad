"""What becomes of a recording: from the upload to what people can watch."""

from __future__ import annotations

import io
import json
from typing import Any

import av
import pytest
import requests
from PIL import Image

from shared import ports
from shared.capture.reading import details_of
from shared.recordings.recording import Bucket, StoredObject
from shared.recordings.runs import Run, RunState, StepState
from shared.wiring import wired
from tests.integration.platform import Capture
from tests.media import videos


def run_of(id: str) -> Run:
    """The recording's current run, as Firestore has it."""
    recordings = wired(ports.Recordings)
    recording = recordings.find(id)
    assert recording is not None
    run = recordings.find_run(recording.current_run)
    assert isinstance(run, Run)
    return run


def stored_bytes(stored: StoredObject | None) -> bytes:
    assert stored is not None
    return b"".join(wired(ports.Media).stream(stored))


def process(capture: Capture, video: bytes, **body: Any) -> dict[str, Any]:
    """Create, upload, and wait for the end of processing; nobody confirms but the storage trigger."""
    created = capture.create({"has_video": True, **body})
    capture.upload(created, video)
    return capture.wait_for(created["id"])


def test_a_browser_recording_becomes_ready_by_its_upload_alone(
    capture: Capture, sample_video: bytes, sample_events: list[dict[str, Any]]
) -> None:
    recording = process(capture, sample_video, events=sample_events)

    assert recording["status"] == "ready"
    assert recording["event_count"] == len(sample_events)
    assert run_of(recording["id"]).state is RunState.DONE


def test_the_downloaded_video_has_what_the_browser_left_out(capture: Capture, sample_video: bytes) -> None:
    with av.open(io.BytesIO(sample_video), "r") as uploaded:
        assert uploaded.duration is None
    recording = process(capture, sample_video)

    answer = capture.call("GET", f"/api/v1/recordings/{recording['id']}/video")
    video = requests.get(answer.json()["video_url"], timeout=30)

    assert video.headers["Content-Type"] == "video/webm"
    with av.open(io.BytesIO(video.content), "r") as playable:
        assert playable.duration is not None
        middle = playable.duration // 2
        playable.seek(middle)
        reached = (frame.time for frame in playable.decode(video=0) if frame.time is not None)
        assert any(time >= middle / av.time_base for time in reached)


def test_processing_makes_a_poster_a_storyboard_and_a_summary(
    capture: Capture, sample_video: bytes, sample_events: list[dict[str, Any]]
) -> None:
    recording = process(capture, sample_video, events=sample_events)

    found = wired(ports.Recordings).find(recording["id"])
    details = details_of(found)
    poster = Image.open(io.BytesIO(stored_bytes(details.poster)))
    assert poster.format == "JPEG"
    assert poster.width <= 640
    assert details.storyboard is not None
    assert len(details.storyboard["times_ms"]) > 1
    summary = json.loads(stored_bytes(details.event_summary))
    assert summary["event_count"] == len(sample_events)
    assert summary["page_count"] >= 1


def test_a_recording_without_video_is_processed_at_once(capture: Capture, sample_events: list[dict[str, Any]]) -> None:
    created = capture.create({"events": sample_events})

    assert created["status"] == "processing"
    assert capture.wait_for(created["id"])["status"] == "ready"


def test_the_video_tells_the_duration_when_nothing_else_does(capture: Capture, sample_video: bytes) -> None:
    recording = process(capture, sample_video)

    assert recording["duration_ms"] > 5_000


def test_the_history_says_who_moved_the_recording(capture: Capture, sample_video: bytes) -> None:
    recording = process(capture, sample_video)

    history = wired(ports.Recordings).find(recording["id"]).history
    assert [move.cause for move in history] == ["created", "media_confirmed", "run_done"]
    assert history[1].actor == "trigger:video_finalized"
    assert history[2].step == "finish_capture"


@pytest.mark.parametrize(
    ("video", "code"),
    [
        pytest.param(b"", "empty_upload", id="empty"),
        pytest.param(b"This is a letter, not a video. " * 100, "not_a_video", id="text"),
        pytest.param(b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/x.ts\n", "not_a_video", id="playlist"),
    ],
)
def test_an_upload_that_is_no_video_fails_with_a_reason(capture: Capture, video: bytes, code: str) -> None:
    recording = process(capture, video)

    assert recording["status"] == "failed"
    found = wired(ports.Recordings).find(recording["id"])
    assert found.failure.code == code
    assert found.failure.message.endswith(".")
    assert found.history[-1].error_code == code


def test_a_truncated_webm_is_kept_up_to_the_cut(capture: Capture, sample_video: bytes) -> None:
    recording = process(capture, sample_video[: len(sample_video) // 2])

    assert recording["status"] == "ready"


def test_a_truncated_mp4_fails_as_an_incomplete_upload(capture: Capture) -> None:
    whole = videos.make_mp4()

    recording = process(capture, whole[: len(whole) // 2])

    assert recording["status"] == "failed"
    assert wired(ports.Recordings).find(recording["id"]).failure.code == "truncated"


def test_sound_alone_is_ready_and_has_no_pictures(capture: Capture) -> None:
    recording = process(capture, videos.make_media(video=None))

    assert recording["status"] == "ready"
    preview = run_of(recording["id"]).steps["preview_video"]
    assert preview.state is StepState.SKIPPED
    assert preview.detail == "the file has sound only"


def test_nothing_of_an_empty_upload_stays_behind(capture: Capture) -> None:
    recording = process(capture, b"")

    media = wired(ports.Media)
    assert media.describe(Bucket.UPLOADS, f"capture/{recording['id']}/upload") is None
