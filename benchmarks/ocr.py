"""How long the elements of a picture take: detection and recognition of text, and the rules of layout."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from statistics import median

import av
import numpy as np

from benchmarks.report import Figure, Limit, Section
from benchmarks.sample import sample_video
from benchmarks.timing import milliseconds, seconds
from shared.media.layout import find_elements
from shared.media.ocr import LineReader
from shared.media.ocr_picture import Picture

PICTURES = 12


def run() -> Section:
    pictures = _pictures()
    LineReader().read(pictures[0])  # the models are loaded
    reader = LineReader()
    anew = [seconds(partial(LineReader().read, picture)) for picture in pictures]
    in_order = [seconds(partial(reader.read, picture)) for picture in pictures]
    again = [seconds(partial(reader.read, picture)) for picture in pictures]
    lines = [reader.read(picture) for picture in pictures]
    layout = [seconds(partial(find_elements, *seen)) for seen in zip(pictures, lines, strict=True)]
    return Section(
        title="Elements of a picture",
        method=f"{PICTURES} pictures of the demo's tab video, evenly chosen; {median(map(len, lines)):g} lines of text "
        "are on the usual one. Lines that a reader has seen before are not recognised again.",
        figures=[
            _figure("lines, each recognised", anew, limit_ms=800),
            _figure("lines, in the order of the recording", in_order, limit_ms=800),
            _figure("lines, all seen before: detection alone", again),
            _figure("elements of the lines", layout),
        ],
    )


def _figure(what: str, values_s: list[float], limit_ms: float | None = None) -> Figure:
    limit = None if limit_ms is None else Limit("≤", limit_ms)
    return Figure(what=what, unit="ms", values=milliseconds(values_s), limit=limit)


def _pictures() -> list[Picture]:
    step = max(sum(1 for _ in _frames()) // PICTURES, 1)
    chosen = (frame for number, frame in enumerate(_frames(), start=1) if number % step == 0)
    return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in chosen][:PICTURES]


def _frames() -> Iterator[av.VideoFrame]:
    with av.open(io.BytesIO(sample_video()), "r") as video:
        yield from video.decode(video=0)
