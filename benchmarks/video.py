"""A tab video such as a browser records: VP8, 1280×720, neither duration nor index."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

WIDTH, HEIGHT, RATE = 1280, 720, 30
PAGE_S = 3
PICTURES = PAGE_S * RATE
LINE_HEIGHT = 24


def make_tab_video(duration_s: int) -> bytes:
    """A page that scrolls by, shown again and again: it is encoded once, from a keyframe on."""
    with TemporaryDirectory() as folder:
        target = Path(folder, "video.webm")
        with av.open(str(target), "w", format="webm", container_options={"live": "1"}) as output:
            track = output.add_stream("libvpx", rate=RATE, options={"deadline": "realtime", "cpu-used": "8"})
            track.width, track.height, track.pix_fmt, track.bit_rate = WIDTH, HEIGHT, "yuv420p", 1_000_000
            page = list(_encode_page(track))
            for start in range(0, duration_s * RATE, PICTURES):
                for number, (picture, is_keyframe) in enumerate(page, start):
                    packet = av.Packet(picture)
                    packet.stream, packet.time_base = track, Fraction(1, RATE)
                    packet.pts = packet.dts = number
                    packet.is_keyframe = is_keyframe
                    output.mux(packet)
        return target.read_bytes()


def _encode_page(track: VideoStream) -> Iterator[tuple[bytes, bool]]:
    """The encoded pictures of one page, and which of them are keyframes."""
    for number in range(PICTURES + 1):
        frame = _picture(number) if number < PICTURES else None
        for packet in track.encode(frame):
            yield bytes(packet), packet.is_keyframe


def _picture(number: int) -> av.VideoFrame:
    """Dark words on a light page, scrolled by a few lines of pixels each time."""
    ink = np.random.default_rng(7).integers(0, 2, (2 * HEIGHT // LINE_HEIGHT, WIDTH // 8), np.uint8) * 160
    page = np.full((2 * HEIGHT, WIDTH), 245, np.uint8)
    for line, words in enumerate(ink):
        page[line * LINE_HEIGHT : line * LINE_HEIGHT + LINE_HEIGHT // 2] -= np.repeat(words, 8)
    shown: NDArray[np.uint8] = np.ascontiguousarray(page[4 * number : 4 * number + HEIGHT])
    frame = av.VideoFrame.from_ndarray(shown, format="gray8").reformat(format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, RATE)
    return frame
