"""Read the lines of text on a picture of a screen, offline.

A line is found (detection), trimmed to its ink, and recognised only if no line with that look was read before.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from shared.evidence.elements import Box
from shared.media.ocr_cache import LineCache, Reading
from shared.media.ocr_engine import shared_engine
from shared.media.ocr_ink import ink_boxes
from shared.media.ocr_picture import Picture

#: Below this, what was recognised is more often a picture than text.
_MIN_CONFIDENCE = 0.5
#: Recognition is surest with a little ground around the ink, in pixels.
_MARGIN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """One line of text, in Unicode's compatibility form (NFKC); the box is that of its ink."""

    text: str
    box: Box
    confidence: float  #: 0..1


class LineReader:
    """Reads pictures of one or many recordings, remembering the lines that it has seen.

    Safe to use from several threads. The models are loaded by the first call and shared by the whole process.
    """

    def __init__(self) -> None:
        self._cache = LineCache()

    def read(self, picture: Picture) -> list[TextLine]:
        """Return the lines of text, from top to bottom and from left to right; none on an empty picture."""
        found = shared_engine().detect(picture).tolist()
        boxes = [box for left, top, right, bottom in found for box in ink_boxes(picture, left, top, right, bottom)]
        looks = [_crop(picture, box) for box in boxes]
        readings = self._readings(looks)
        lines = [
            TextLine(text=reading.text, box=box, confidence=reading.confidence)
            for box, reading in zip(boxes, readings, strict=True)
            if reading.text and reading.confidence >= _MIN_CONFIDENCE
        ]
        return in_reading_order(lines)

    def _readings(self, looks: Sequence[Picture]) -> list[Reading]:
        """What each line says; lines that look the same are recognised once."""
        fresh = LineCache()
        unread = []
        for look in looks:
            if self._cache.find(look) is None and fresh.find(look) is None:
                fresh.remember(look, Reading("", 0))
                unread.append(look)
        recognised = shared_engine().recognise(unread)
        for look, (text, confidence) in zip(unread, recognised, strict=True):
            self._cache.remember(look, Reading(_normalise(text), confidence))
        return [self._cache.find(look) or Reading("", 0) for look in looks]


def in_reading_order(lines: Sequence[TextLine]) -> list[TextLine]:
    """Return lines from top to bottom; those that stand side by side, from left to right."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=_middle):
        if rows and _middle(line) - _middle(rows[-1][0]) < rows[-1][0].box.height / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.x)]


def _middle(line: TextLine) -> float:
    return line.box.y + line.box.height / 2


def _normalise(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _crop(picture: Picture, box: Box) -> Picture:
    top, left = max(box.y - _MARGIN, 0), max(box.x - _MARGIN, 0)
    return picture[top : box.y + box.height + _MARGIN, left : box.x + box.width + _MARGIN]
