"""The demo recorder, run for real: what it stores is what a browser's recorder sends."""

import json
from itertools import pairwise
from pathlib import Path

import av
import pytest

from demo.record import record
from demo.recorder.visit import PASSWORD
from shared.media.probe import probe
from tests.media.ebml import CUES, has_duration, segment_children

FULL_SNAPSHOT, META = 2, 4


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recording")
    record(folder)
    return folder


def test_rrweb_goes_on_across_navigations_and_in_order(recording: Path) -> None:
    events = json.loads((recording / "events.json").read_text("utf-8"))

    kinds = [event["type"] for event in events]
    times = [event["timestamp"] for event in events]
    assert kinds.count(META) == kinds.count(FULL_SNAPSHOT) == 6
    assert kinds.index(META) < kinds.index(FULL_SNAPSHOT)
    assert times == sorted(times)


def test_the_password_is_typed_and_never_recorded(recording: Path) -> None:
    text = (recording / "events.json").read_text("utf-8")

    assert "*" * len(PASSWORD) in text
    assert all(PASSWORD[:length] not in text for length in range(5, len(PASSWORD) + 1))


def test_the_video_is_as_mediarecorder_made_it(recording: Path) -> None:
    video = (recording / "video.webm").read_bytes()

    assert not has_duration(video)
    assert CUES not in [element for element, _, _ in segment_children(video)]
    assert len(video) < 1_500_000


def test_the_video_covers_the_recording_with_picture_and_sound(recording: Path) -> None:
    about = json.loads((recording / "recording.json").read_text("utf-8"))
    events = json.loads((recording / "events.json").read_text("utf-8"))

    with (recording / "video.webm").open("rb") as video:
        facts = probe(video)

    assert about["started_at"] < about["ended_at"]
    assert (facts.video and facts.video.width, facts.video and facts.video.height) == (1280, 720)
    assert facts.audio is not None
    assert facts.duration_ms > events[-1]["timestamp"] - events[0]["timestamp"]


def test_the_video_shows_a_page_that_changes(recording: Path) -> None:
    with av.open(str(recording / "video.webm"), "r") as container:
        pictures = [frame.reformat(64, 36, "gray").to_ndarray() for frame in container.decode(video=0)]

    changes = [abs(after.astype(int) - before.astype(int)).mean() for before, after in pairwise(pictures)]
    assert len(pictures) > 20
    assert sum(change > 2 for change in changes) >= 5
