"""Remember how lines looked and what they say, so that a line is recognised once in a recording.

Pictures of a video are never quite equal: the codec leaves noise around each letter. So two lines are the same
when their ink has the same size and no small spot differs by more than noise does. One changed full stop is more.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import cv2
import numpy as np

from shared.media.ocr_picture import Picture
from shared.structs import Struct

#: What noise does to the mean of 3 x 3 pixels, at most, as a share of the contrast of the text.
_MAX_NOISE = 0.12
_MAX_LINES_OF_A_SIZE = 500

Size = tuple[int, int]


class Reading(Struct, frozen=True):
    """What a line says, and how sure that is (0..1)."""

    text: str
    confidence: float


class _KnownLine(Struct, frozen=True):
    """A line that was read before, and its picture."""

    look: Picture
    reading: Reading


class LineCache:
    """Lines by their look, wherever on a picture they stand; the longest unused sizes are forgotten first."""

    def __init__(self, max_lines: int = 4_000) -> None:
        self._max_lines = max_lines
        self._lines: OrderedDict[Size, list[_KnownLine]] = OrderedDict()
        self._count = 0
        self._changing = threading.Lock()

    def find(self, look: Picture) -> Reading | None:
        """Return what a line with this look was read as, or None if it is new."""
        size = (look.shape[0], look.shape[1])
        with self._changing:
            known_lines = list(self._lines.get(size, ()))
            if known_lines:
                self._lines.move_to_end(size)
        alike = (known.reading for known in reversed(known_lines) if is_same_look(look, known.look))
        return next(alike, None)

    def remember(self, look: Picture, reading: Reading) -> None:
        """Keep what a line with this look was read as."""
        with self._changing:
            lines = self._lines.setdefault((look.shape[0], look.shape[1]), [])
            lines.append(_KnownLine(look.copy(), reading))
            self._count += 1
            if len(lines) > _MAX_LINES_OF_A_SIZE:
                lines.pop(0)
                self._count -= 1
            while self._count > self._max_lines:
                self._count -= len(self._lines.popitem(last=False)[1])


def is_same_look(one: Picture, other: Picture) -> bool:
    """Tell whether two lines differ by no more than the noise of a codec."""
    if one.shape != other.shape:
        return False
    contrast = np.ptp(one.reshape(-1, 3), axis=0).max()
    difference = cv2.blur(cv2.absdiff(one, other), (3, 3))
    return bool(difference.max() <= _MAX_NOISE * contrast)
