"""Screen recordings drawn for a test: pages with known times, and what moves on them."""

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

WIDTH, HEIGHT = 640, 360
Pixels = NDArray[np.uint8]
Draw = Callable[[Pixels, int], None]


def page(number: int) -> Pixels:
    """Return a light page with lines of dark words; every number has other words."""
    pixels = np.full((HEIGHT, WIDTH), 235, np.uint8)
    chance = np.random.default_rng(number)
    for top in range(24, HEIGHT - 24, 24):
        words = chance.integers(0, 2, WIDTH // 16).repeat(16) * 170
        pixels[top : top + 10] -= words.astype(np.uint8)
    return pixels


def blink_caret(pixels: Pixels, at_ms: int) -> None:
    """Draw a caret that is there for half of each second."""
    if at_ms % 1000 < 500:
        pixels[100:116, 201:203] = 0


def move_pointer(pixels: Pixels, at_ms: int) -> None:
    """Draw a pointer that travels for 400 ms of every 2 s, and rests in between."""
    travelled = at_ms // 2000 + min(at_ms % 2000, 400) / 400
    left = round(16 + 80 * (travelled % 6))
    pixels[345:355, left : left + 8] = 0


def play_video(pixels: Pixels, at_ms: int) -> None:
    """Draw another noise each time into the lower right."""
    noise = np.random.default_rng(at_ms).integers(0, 255, (15, 20), np.uint8)
    pixels[200:320, 400:560] = noise.repeat(8, axis=0).repeat(8, axis=1)


def make_screens(
    pages: Sequence[tuple[int, int]],
    times_ms: Iterable[int],
    *,
    container: str = "webm",
    codec: str = "libvpx",
    draw: Sequence[Draw] = (),
    options: dict[str, str] | None = None,
) -> bytes:
    """Return a video with a picture at each of the times.

    Args:
        pages: from which time on, in milliseconds, which page is shown.
        draw: what is drawn on top of it.
        options: the muxer's.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "video")
        with av.open(str(target), "w", format=container, container_options=options or {}) as output:
            stream = output.add_stream(codec, rate=30, options=_SPEED.get(codec, {}))
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.codec_context.time_base = Fraction(1, 1000)
            stream.codec_context.gop_size = 60
            for at_ms in times_ms:
                output.mux(stream.encode(_frame(_shown(pages, draw, at_ms), at_ms)))
            output.mux(stream.encode(None))
        # As root, SVT-AV1 makes the whole process a real-time one, which starves all others.
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        return target.read_bytes()


_SPEED = {
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "b": "2M"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "b": "2M"},
    "libx264": {"preset": "ultrafast", "crf": "20"},
    "libsvtav1": {"preset": "8", "crf": "30", "svtav1-params": "pred-struct=1"},
}


def _shown(pages: Sequence[tuple[int, int]], draw: Sequence[Draw], at_ms: int) -> Pixels:
    number = [number for from_ms, number in pages if from_ms <= at_ms][-1]
    pixels = page(number)
    for one in draw:
        one(pixels, at_ms)
    return pixels


def _frame(pixels: Pixels, at_ms: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(pixels, format="gray8").reformat(format="yuv420p")
    frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
    return frame
