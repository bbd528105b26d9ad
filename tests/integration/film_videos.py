"""Short films of slides: a few still screens, either with large words, which OCR reads fast, or of one grey."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 640, 360
SLIDE_MS = 1200
_PICTURE_MS = 100
_MARGIN_PX, _LINE_PX, _FONT_PX = 40, 64, 36


def film_of(*slides: Image.Image) -> bytes:
    """A WebM as MediaRecorder writes it, in which each slide stands for `SLIDE_MS`."""
    film = io.BytesIO()
    with av.open(film, "w", format="webm", options={"live": "1", "fflags": "+bitexact"}) as output:
        track = output.add_stream("libvpx", rate=10, options={"deadline": "realtime", "cpu-used": "8"})
        track.width, track.height, track.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        track.codec_context.time_base = Fraction(1, 1000)
        for at_ms in range(0, SLIDE_MS * len(slides), _PICTURE_MS):
            frame = av.VideoFrame.from_ndarray(np.asarray(slides[at_ms // SLIDE_MS]), format="rgb24")
            frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
            output.mux(track.encode(frame))
        output.mux(track.encode(None))
    return film.getvalue()


def text(*lines: str) -> Image.Image:
    """A white slide with lines of black text."""
    slide = plain(255)
    pen, font = ImageDraw.Draw(slide), ImageFont.load_default(_FONT_PX)
    for number, line in enumerate(lines):
        pen.text((_MARGIN_PX, _MARGIN_PX + number * _LINE_PX), line, fill="black", font=font)
    return slide


def plain(brightness: int) -> Image.Image:
    """A slide of one grey."""
    return Image.new("RGB", (WIDTH, HEIGHT), (brightness,) * 3)
