"""Read the lines of text on a picture of a screen, offline.

A line is found (detection), trimmed to its ink, and recognised only if no line with that look was read before.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Protocol, TypeVar

from shared.evidence.elements import Box
from shared.media.ocr_badges import divide_at_badges
from shared.media.ocr_cache import LineCache, Reading, is_same_look
from shared.media.ocr_engine import OcrEngine, shared_engine
from shared.media.ocr_ink import ink_boxes
from shared.media.ocr_picture import Picture
from shared.structs import Struct

#: Below this, what was recognised is more often a picture than text.
_MIN_CONFIDENCE = 0.5
#: Recognition is surest with a little ground around the ink, in pixels.
_MARGIN = 4
#: What is not taller than this is one line, and lines whose middles are nearer than that are in one row.
_LINE_PX, _ROW_PX = 24, 8


class TextLine(Struct, frozen=True, kw_only=True):
    """One line of text, in Unicode's compatibility form (NFKC); the box is that of its ink."""

    text: str
    box: Box
    confidence: float  #: 0..1


class HasBox(Protocol):
    """Something with a place on a picture."""

    @property
    def box(self) -> Box:
        """Where it is."""


Boxed = TypeVar("Boxed", bound=HasBox)


class LineReader:
    """Reads pictures of one or many recordings, remembering the lines that it has seen.

    Safe to use from several threads. The models are loaded by the first call and shared by the whole process.
    """

    def __init__(self, engine: Callable[[], OcrEngine] = shared_engine) -> None:
        self._engine = engine
        self._cache = LineCache()

    def read(self, picture: Picture) -> list[TextLine]:
        """Return the lines of text, from top to bottom and from left to right; none on an empty picture."""
        found = self._engine().detect(picture).tolist()
        boxes = [box for left, top, right, bottom in found for box in ink_boxes(picture, left, top, right, bottom)]
        readings = self._readings(picture, boxes)
        lines = [
            TextLine(text=reading.text, box=box, confidence=reading.confidence)
            for box, reading in zip(boxes, readings, strict=True)
            if reading.text and reading.confidence >= _MIN_CONFIDENCE
        ]
        return in_reading_order(lines)

    def _readings(self, picture: Picture, boxes: Sequence[Box]) -> list[Reading]:
        """What each line says; lines that look the same are recognised once."""
        looks = [_crop(picture, box, margin=0) for box in boxes]
        readings = {line: known for line, look in enumerate(looks) if (known := self._cache.find(look))}
        firsts = _first_alike(looks, [line for line in range(len(looks)) if line not in readings])
        unread = sorted(set(firsts.values()))
        for line, reading in zip(unread, self._recognise(picture, [boxes[line] for line in unread]), strict=True):
            readings[line] = reading
            self._cache.remember(looks[line], reading)
        return [readings[firsts.get(line, line)] for line in range(len(looks))]

    def _recognise(self, picture: Picture, boxes: Sequence[Box]) -> Iterator[Reading]:
        """What each line says, all of its parts together; it is as sure as the least sure of them."""
        lines = [divide_at_badges(_crop(picture, box, margin=_MARGIN)) for box in boxes]
        recognised = iter(self._engine().recognise([part for parts in lines for part in parts]))
        for parts in lines:
            texts, confidences = zip(*islice(recognised, len(parts)), strict=True)
            yield Reading(_normalise(" ".join(texts)), min(confidences))


@lru_cache(maxsize=1)
def shared_reader(_of: str) -> LineReader:
    """Return the one reader of this process for whatever has a name, such as a run: its pictures repeat each other.

    It is kept until another name is asked for.
    """
    return LineReader()


def _first_alike(looks: Sequence[Picture], lines: Iterable[int]) -> dict[int, int]:
    """Return for each of these lines the first among them that looks the same."""
    firsts: dict[int, int] = {}
    for line in lines:
        alike = (first for first in set(firsts.values()) if is_same_look(looks[first], looks[line]))
        firsts[line] = next(alike, line)
    return firsts


def in_reading_order(items: Iterable[Boxed]) -> list[Boxed]:
    """Return what has a box from top to bottom; what stands in one row, from left to right."""
    rows: list[list[Boxed]] = []
    for item in sorted(items, key=_top_line):
        if rows and _top_line(item) - _top_line(rows[-1][0]) < _ROW_PX:
            rows[-1].append(item)
        else:
            rows.append([item])
    return [item for row in rows for item in sorted(row, key=lambda item: item.box.x)]


def _top_line(item: HasBox) -> float:
    """The middle of the first line that fits into the box."""
    return item.box.y + min(item.box.height, _LINE_PX) / 2


def _normalise(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _crop(picture: Picture, box: Box, *, margin: int) -> Picture:
    top, left = max(box.y - margin, 0), max(box.x - margin, 0)
    return picture[top : box.y + box.height + margin, left : box.x + box.width + margin]
