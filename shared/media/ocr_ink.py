"""Find the ink of a line within the rough box of its detection: no rules, no borders, no neighbours.

Detection is generous: its box may reach over the side of a button, the line below a link or the next line's
letters, and it may join two texts that stand far apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.evidence.elements import Box
from shared.media.ocr_picture import Picture

#: Ink differs from the ground by at least this share of the strongest difference within the line …
_INK_SHARE = 0.35
#: … which is at least this much; less is a shadow or the noise of a codec.
_MIN_CONTRAST = 24
#: A row that is ink nearly all along is a rule and not a part of letters …
_RULE_SHARE = 0.88
#: … and so is a column at the rim; a letter is lower than what is detected around it.
_SIDE_SHARE = 0.7
_MAX_BORDER_PX = 4
#: So many rows without ink end a line.
_BLANK_ROWS = 2
#: Texts are apart if the gap is this many times as wide as the ink is high: a space is 0.4, between links it is 1.4.
_GAP_HEIGHTS = 1.2

Mask = NDArray[np.bool_]


def ink_boxes(picture: Picture, left: int, top: int, right: int, bottom: int) -> list[Box]:
    """Return the box of the ink of each text within a detected box, from left to right; none without ink."""
    height, width = picture.shape[:2]
    left, top, right, bottom = max(left, 0), max(top, 0), min(right + 1, width), min(bottom + 1, height)
    ink = _ink(picture[top:bottom, left:right])
    if ink is None:
        return []
    first_row, end_row = _middle_band(ink)
    band = ink[first_row:end_row]
    boxes = []
    for first, end in _texts(band, gap=int(_GAP_HEIGHTS * (end_row - first_row))):
        rows = np.flatnonzero(band[:, first:end].any(axis=1))
        y = top + first_row + int(rows[0])
        boxes.append(Box(x=left + first, y=y, width=end - first, height=int(rows[-1] - rows[0]) + 1))
    return boxes


def _ink(crop: Picture) -> Mask | None:
    """Return where a crop differs from its ground, without the rules around or across it."""
    if not crop.size:
        return None
    height = crop.shape[0]
    middle = crop[height // 4 : max(height * 3 // 4, height // 4 + 1)]
    ground = np.median(middle.reshape(-1, 3), axis=0)
    strongest = np.abs(middle - ground).max()
    if strongest < _MIN_CONTRAST:
        return None
    ink: Mask = np.abs(crop - ground).max(axis=2) > _INK_SHARE * strongest
    first, end = _between_sides(ink)
    ink[:, :first] = ink[:, end:] = False
    ink[ink[:, first:end].mean(axis=1) > _RULE_SHARE] = False
    return ink if ink.any() else None


def _between_sides(ink: Mask) -> tuple[int, int]:
    """Return the columns within the sides of a box, where the detected box reaches over them, as first and end."""
    height, width = ink.shape
    reach = min(height // 3, width // 3)
    is_full = ink.mean(axis=0) > _SIDE_SHARE
    sides = [column for first, end in _runs(is_full) if _is_side(first, end, width) for column in range(first, end)]
    first = max((column + 1 for column in sides if column < reach), default=0)
    end = min((column for column in sides if column >= width - reach), default=width)
    return first, end


def _runs(marks: Mask) -> list[tuple[int, int]]:
    """Return where marks begin and end."""
    is_marked = np.concatenate([[False], marks, [False]])
    borders = np.flatnonzero(is_marked[1:] != is_marked[:-1]).tolist()
    return list(zip(borders[::2], borders[1::2], strict=True))


def _is_side(first: int, end: int, width: int) -> bool:
    """Tell whether full columns are a border or all that is beyond it, and not a badge at the end of a line."""
    return end - first <= _MAX_BORDER_PX or first == 0 or end == width


def _middle_band(ink: Mask) -> tuple[int, int]:
    """Return the rows around the middle that belong together, as first and end."""
    inked: Mask = np.asarray(ink.any(axis=1))
    middle = len(inked) // 2
    start = int(min(np.flatnonzero(inked), key=lambda row: abs(int(row) - middle)))
    return start - _reach(inked[start::-1]) + 1, start + _reach(inked[start:])


def _reach(inked: Mask) -> int:
    """Return how many rows there are from the first one to the last one before a blank."""
    blank = 0
    for row, is_inked in enumerate(inked.tolist()):
        blank = 0 if is_inked else blank + 1
        if blank == _BLANK_ROWS:
            return row - _BLANK_ROWS + 1
    return len(inked) - blank


def _texts(band: Mask, gap: int) -> list[tuple[int, int]]:
    """Return the runs of columns that no gap divides, as first and end.

    Detection leaves a margin around what it means: a second run at the rim is the cut-off beginning of another text.
    """
    columns = np.flatnonzero(band.any(axis=0))
    if not columns.size:
        return []
    breaks = np.flatnonzero(np.diff(columns) > gap)
    firsts, lasts = columns[[0, *(breaks + 1)]].tolist(), columns[[*breaks, -1]].tolist()
    runs = [(first, last + 1) for first, last in zip(firsts, lasts, strict=True)]
    whole = [(first, end) for first, end in runs if first > 0 and end < band.shape[1]]
    return whole if whole and len(runs) > 1 else runs
