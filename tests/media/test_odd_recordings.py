"""Recordings that are hardly any, or far too long: the steps from video to frames end well, and say how."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from functions.steps.extract_frames import steps_extract_frames
from functions.steps.read_screens import steps_read_screens
from functions.steps.select_frames import steps_select_frames
from shared.recordings.handover import MOST_FRAMES
from shared.recordings.outcomes import Done, FanOut, Permanent
from shared.recordings.recording import Family
from shared.recordings.runs import StepState
from tests.integration import unusual_videos as unusual
from tests.media.frame_steps import FrameSteps
from tests.media.screens import make_screens
from tests.media.videos import make_browser_webm, make_mp4

PAGES = [(0, 1), (2000, 2), (4500, 3), (7000, 1)]
TIMES_MS = range(0, 9000, 100)
BROWSER = {"live": "1"}
TO_FRAMES = (steps_extract_frames, steps_select_frames)
TWO_HOURS_MS = 2 * 60 * 60 * 1000
MINUTE_MS = 60 * 1000
PICTURE_MS = 10 * 1000
#: What every VP8 key frame begins with.
VP8_START = b"\x9d\x01\x2a"


def steps_of(video: bytes, family: Family = Family.FEEDBACK) -> FrameSteps:
    steps = FrameSteps(family=family)
    steps.pin(video)
    return steps


def times_of(steps: FrameSteps) -> list[int]:
    return [frame.timestamp_ms for frame in steps.frames()]


def test_a_video_without_sound_has_its_frames() -> None:
    steps = steps_of(make_screens(PAGES, TIMES_MS, options=BROWSER))

    steps.do_all(*TO_FRAMES)

    assert times_of(steps) == pytest.approx([0, 2000, 4500, 7000], abs=100)


@pytest.mark.parametrize("make", [make_browser_webm, make_mp4], ids=["webm", "mp4"])
def test_sound_alone_skips_every_step_of_the_pictures_and_says_so(make: Callable[..., bytes]) -> None:
    steps = steps_of(make(video=None))

    steps.do_all(*TO_FRAMES, steps_read_screens)

    ended = {step: steps.record_of(step) for step in ("extract_frames", "select_frames", "read_screens")}
    assert {record.state for record in ended.values()} == {StepState.SKIPPED}
    assert {step: record.detail for step, record in ended.items()} == {
        "extract_frames": "The file has no pictures.",
        "select_frames": "The file has no pictures.",
        "read_screens": "There are no frames to read.",
    }


def test_a_session_of_sound_alone_still_fails_in_its_own_words() -> None:
    steps = steps_of(make_browser_webm(video=None), Family.SESSIONS)

    with pytest.raises(Permanent, match=r"The file has no video track\.") as failure:
        steps.do(steps_extract_frames)

    assert failure.value.failure.code == "no_media_stream"


def test_a_session_without_a_settled_picture_fails_and_is_not_skipped() -> None:
    steps = FrameSteps(family=Family.SESSIONS)
    steps.end("extract_frames", Done())

    with pytest.raises(Permanent) as failure:
        steps.do(steps_select_frames)

    assert failure.value.failure.code == "no_frames"


@pytest.mark.parametrize("make", [lambda: unusual.recorder_webm((0,)), unusual.mp4_of_one_moment], ids=["webm", "mp4"])
def test_a_video_of_one_moment_has_one_frame(make: Callable[[], bytes]) -> None:
    steps = steps_of(make())

    steps.do_all(*TO_FRAMES)

    assert times_of(steps) == [0]
    assert steps.record_of("select_frames").result["duration_ms"] <= 100


def position_of(video: bytes, at_ms: int) -> int:
    """Where in the file the first picture after that time begins."""
    with av.open(io.BytesIO(video), "r") as container:
        for packet in container.demux(video=0):
            if packet.pts is not None and packet.time_base and packet.pts * packet.time_base * 1000 > at_ms:
                return packet.pos or 0
    raise AssertionError("it is not that long")


def test_a_video_that_was_cut_has_the_frames_before_the_cut() -> None:
    video = make_screens(PAGES, TIMES_MS, options=BROWSER)
    steps = steps_of(video[: position_of(video, 3 * 1000)])

    steps.do_all(*TO_FRAMES)

    assert times_of(steps)[:2] == pytest.approx([0, 2000], abs=100)
    assert len(times_of(steps)) < len(PAGES)


BROKEN = {
    "an mp4 without its end": (lambda: make_mp4()[:-200], "truncated"),
    "a webm's header": (unusual.webm_header, "truncated"),
    "a webm without packets": (unusual.webm_without_pictures, "empty"),
    "an mp4 without packets": (unusual.mp4_header, "empty"),
    "no bytes": (lambda: b"", "empty"),
    "no picture that can be decoded": (lambda: make_browser_webm().replace(VP8_START, bytes(3)), "malformed"),
}


@pytest.mark.parametrize(("make", "code"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_fails_for_good_with_a_code_and_a_sentence(make: Callable[[], bytes], code: str) -> None:
    steps = steps_of(make())

    with pytest.raises(Permanent) as failure:
        steps.do(steps_extract_frames)

    assert failure.value.failure.code == code
    assert failure.value.failure.message.endswith(".")


def slow_video(target: Path) -> bytes:
    """Two hours with a picture every ten seconds; every minute another page, and the same nine again and again."""
    pages = [(number * 600, number) for number in range(9)]
    cycle = make_screens(pages, range(0, 5400, 100))
    with av.open(io.BytesIO(cycle), "r") as source, av.open(str(target), "w", format="webm") as output:
        track = output.add_stream_from_template(source.streams.video[0])
        pictures = [(bytes(packet), packet.is_keyframe) for packet in source.demux(video=0) if packet.size]
        for number in range(TWO_HOURS_MS // PICTURE_MS):
            content, is_keyframe = pictures[number % len(pictures)]
            packet = av.Packet(content)
            packet.stream, packet.time_base = track, Fraction(1, 1000)
            packet.pts = packet.dts = number * PICTURE_MS
            packet.is_keyframe = is_keyframe
            output.mux(packet)
    return target.read_bytes()


def test_two_hours_are_looked_at_in_parts_and_a_bounded_number_of_frames_is_kept(tmp_path: Path) -> None:
    steps = steps_of(slow_video(tmp_path / "video"))

    outcome = steps.do(steps_extract_frames)
    steps.do(steps_select_frames)

    assert isinstance(outcome, FanOut)
    assert len(outcome.shards) == 12
    assert all(10 <= len(part.states) <= 11 for part in steps.states()), "ten pages, and what stood at its start"
    assert len(steps.frames()) == MOST_FRAMES[Family.FEEDBACK]
    assert (times_of(steps)[0], times_of(steps)[-1]) == (0, TWO_HOURS_MS - MINUTE_MS)
    assert all(at_ms % MINUTE_MS == 0 for at_ms in times_of(steps))
    assert steps.record_of("select_frames").result["duration_ms"] == pytest.approx(TWO_HOURS_MS, abs=PICTURE_MS)
