"""A recording of an application that no threshold was chosen on: the honest judge of what finds settled screens.

The page kept the account of its screens itself. Whoever tunes a threshold on this needs a fourth application.
"""

import io
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from shared.media.frames import SettledFrame, settled_frames
from tests.media.test_frames_recorded import MIN_PRECISION, MIN_RECALL, TOLERANCE_MS, Screen

SAMPLE = Path(__file__).parents[2] / "demo" / "slipway" / "sample"
RATE_HZ = 15
MILLISECOND = Fraction(1, 1000)
# A picture of which no pixel is further than this from the last one written adds nothing to a variable rate.
SAME_LEVEL = 2
#: Most are one screen before and after the recorder's encoder has sharpened it.
MOST_FOUND_AGAIN = 6


@pytest.fixture(scope="module")
def truth() -> list[Screen]:
    return [Screen(**one) for one in json.loads((SAMPLE / "truth.json").read_text("utf-8"))]


@pytest.fixture(scope="module", params=["as recorded", "H.264 at a steady rate", "H.264 of changes only"])
def frames(request: pytest.FixtureRequest) -> list[SettledFrame]:
    video = (SAMPLE / "video.webm").read_bytes()
    if request.param == "H.264 at a steady rate":
        video = _encode(_steady(_pictures(video)), "mp4")
    elif request.param == "H.264 of changes only":
        video = _encode(_changes(_pictures(video)), "matroska")
    return list(settled_frames(io.BytesIO(video)))


def test_every_screen_is_found(frames: list[SettledFrame], truth: list[Screen]) -> None:
    missed = [screen.name for screen in truth if not any(screen.is_shown_by(frame) for frame in frames)]

    assert len(missed) <= (1 - MIN_RECALL) * len(truth), missed


def test_what_is_found_is_a_screen(frames: list[SettledFrame], truth: list[Screen]) -> None:
    wrong = [frame.timestamp_ms for frame in frames if not any(screen.is_shown_by(frame) for screen in truth)]

    assert len(wrong) <= (1 - MIN_PRECISION) * len(frames), wrong


def test_few_screens_are_found_twice(frames: list[SettledFrame], truth: list[Screen]) -> None:
    again = [
        frame.timestamp_ms for screen in truth for frame in [frame for frame in frames if screen.is_shown_by(frame)][1:]
    ]

    assert len(again) <= MOST_FOUND_AGAIN, again


def test_most_screens_become_visible_when_the_page_said_so(frames: list[SettledFrame], truth: list[Screen]) -> None:
    firsts = [next(frame for frame in frames if screen.is_shown_by(frame)) for screen in truth]
    errors_ms = sorted(abs(frame.timestamp_ms - screen.from_ms) for frame, screen in zip(firsts, truth, strict=True))

    assert errors_ms[len(errors_ms) // 2] <= TOLERANCE_MS


def _pictures(video: bytes) -> Iterator[tuple[int, av.VideoFrame]]:
    with av.open(io.BytesIO(video), "r") as media:
        for picture in media.decode(video=0):
            assert picture.time is not None
            yield round(picture.time * 1000), picture


def _steady(pictures: Iterator[tuple[int, av.VideoFrame]]) -> Iterator[tuple[int, av.VideoFrame]]:
    """Yield a picture for each tick of the rate, as often as it stands."""
    ticks = 0
    shown: av.VideoFrame | None = None
    for at_ms, picture in pictures:
        while shown and ticks * 1000 < at_ms * RATE_HZ:
            yield ticks * 1000 // RATE_HZ, shown
            ticks += 1
        shown = picture
    if shown:
        yield ticks * 1000 // RATE_HZ, shown


def _changes(pictures: Iterator[tuple[int, av.VideoFrame]]) -> Iterator[tuple[int, av.VideoFrame]]:
    """Yield a picture only when it differs from the last one, and the last of all: it says how long that stood."""
    written: np.ndarray | None = None
    for at_ms, picture in pictures:
        luma = picture.to_ndarray(format="gray").astype(np.int16)
        if written is None or np.abs(luma - written).max() > SAME_LEVEL:
            written = luma
            yield at_ms, picture
    yield at_ms, picture


def _encode(pictures: Iterator[tuple[int, av.VideoFrame]], container: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream("libx264", rate=RATE_HZ, options={"preset": "ultrafast", "crf": "26"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.codec_context.time_base = MILLISECOND
        for at_ms, picture in pictures:
            picture.pts, picture.time_base = at_ms, MILLISECOND
            picture.pict_type = av.video.frame.PictureType.NONE
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    return file.getvalue()
