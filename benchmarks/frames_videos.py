"""Screen recordings in which pages stand for some seconds: encoded once, and repeated for as long as it takes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream

WIDTH, HEIGHT = 1280, 720
PAGE_S, PAGES = 4, 3
LINE_PX = 24


def write_screens(target: Path, *, duration_s: int, fps: int, codec: str = "libvpx") -> None:
    """Write a WebM with a new page every four seconds."""
    with av.open(str(target), "w", format="webm") as output:
        track = output.add_stream(codec, rate=fps, options={"deadline": "realtime", "cpu-used": "8"})
        assert isinstance(track, VideoStream)
        track.width, track.height, track.pix_fmt, track.bit_rate = WIDTH, HEIGHT, "yuv420p", 1_500_000
        cycle = list(_encode_cycle(track, fps))
        for number in range(duration_s * fps):
            picture, is_keyframe = cycle[number % len(cycle)]
            packet = av.Packet(picture)
            packet.stream, packet.time_base = track, Fraction(1, fps)
            packet.pts = packet.dts = number
            packet.is_keyframe = is_keyframe
            output.mux(packet)


def _encode_cycle(track: VideoStream, fps: int) -> Iterator[tuple[bytes, bool]]:
    """The encoded pictures of all pages once, and which of them are keyframes."""
    pictures = [_page(number) for number in range(PAGES)]
    for number in range(PAGES * PAGE_S * fps):
        frame = pictures[number // (PAGE_S * fps)]
        frame.pts, frame.time_base = number, Fraction(1, fps)
        for packet in track.encode(frame):
            yield bytes(packet), packet.is_keyframe
    for packet in track.encode(None):
        yield bytes(packet), packet.is_keyframe


def _page(number: int) -> av.VideoFrame:
    pixels = np.full((HEIGHT, WIDTH), 240, np.uint8)
    ink = np.random.default_rng(number).integers(0, 2, (HEIGHT // LINE_PX, WIDTH // 8), np.uint8) * 170
    for line, words in enumerate(ink):
        pixels[line * LINE_PX : line * LINE_PX + LINE_PX // 2] -= np.repeat(words, 8)
    return av.VideoFrame.from_ndarray(pixels, format="gray8").reformat(format="yuv420p")
