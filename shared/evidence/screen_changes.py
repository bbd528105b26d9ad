"""What changed from one screen to the next, told by the lines that could be read on them.

Lines are matched by what they say, wherever they stand, so that scrolling changes nothing. What reading alone can do to
a line (spaces, `1` for `l`, `0` for `O`, one wrong letter in a long line) is no change; a digit that differs is one.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from shared.evidence.elements import Box
from shared.evidence.screens import ScreenLine
from shared.structs import Struct

#: Letters and signs that look alike in many fonts.
_LOOKALIKES = str.maketrans(
    {"l": "1", "i": "1", "|": "1", "!": "1", "o": "0", "“": '"', "”": '"', "’": "'", "—": "-", "–": "-"}
)
_STOPS = ".,:;'\"-_·"
#: In a line of so many characters one of them may be misread.
_LONG_LINE_CHARS = 12
#: In one place are two boxes of which the smaller one lies with this share in the other.
_SAME_PLACE = 0.5
#: A screen that keeps less of its lines than that is another one.
_FAMILIAR_SHARE = 1 / 3
#: Lines that are so much taller than the median are headings.
_HEADING_HEIGHT = 1.25


class ScreenChange(Struct, frozen=True, kw_only=True):
    """The difference of two screens, in positions of their lines."""

    kept: tuple[tuple[int, int], ...]  #: before and after
    changed: tuple[tuple[int, int], ...]  #: in one place, but saying something else
    appeared: tuple[int, ...]  #: of the later screen
    disappeared: tuple[int, ...]  #: of the earlier screen

    @property
    def is_new_screen(self) -> bool:
        """Whether little is left of what was there."""
        after = len(self.kept) + len(self.changed) + len(self.appeared)
        return len(self.kept) < after * _FAMILIAR_SHARE


def compare_screens(before: Sequence[ScreenLine], after: Sequence[ScreenLine]) -> ScreenChange:
    """Match the lines of two screens: first those that say the same, then misread ones, then those in one place."""
    looks_before, looks_after = [_look(line.text) for line in before], [_look(line.text) for line in after]
    free: dict[str, list[int]] = defaultdict(list)
    for i in reversed(range(len(before))):
        free[looks_before[i]].append(i)
    kept = {j: free[look].pop() for j, look in enumerate(looks_after) if free.get(look)}
    matched = set(kept.values())
    left = [i for i in range(len(before)) if i not in matched]
    changed: dict[int, int] = {}
    for j, line in enumerate(after):
        place = None if j in kept else _find_in_place(line, left, before)
        if place is not None:
            left.remove(place)
            (kept if _is_misread(looks_before[place], looks_after[j]) else changed)[j] = place
    return ScreenChange(
        kept=tuple((i, j) for j, i in sorted(kept.items())),
        changed=tuple((i, j) for j, i in sorted(changed.items())),
        appeared=tuple(j for j in range(len(after)) if j not in kept and j not in changed),
        disappeared=tuple(left),
    )


def headings_first(lines: Sequence[ScreenLine]) -> list[ScreenLine]:
    """Return the lines with the tall ones first, each group in its order."""
    heights = sorted(line.box.height for line in lines)
    tall = heights[len(heights) // 2] * _HEADING_HEIGHT if heights else 0
    return sorted(lines, key=lambda line: line.box.height < tall)


def _find_in_place(line: ScreenLine, left: Sequence[int], before: Sequence[ScreenLine]) -> int | None:
    """Return which of the lines that are left stood where this one stands."""
    overlaps = {i: _overlap(before[i].box, line.box) for i in left}
    place = max(overlaps, key=overlaps.__getitem__, default=None)
    return place if place is not None and overlaps[place] >= _SAME_PLACE else None


def _look(text: str) -> str:
    """The text as it is compared: without spaces and case, and with lookalikes made equal."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).translate(_LOOKALIKES)


def _is_misread(before: str, after: str) -> bool:
    """Whether the texts differ in one letter or stop, as reading the same long line twice may do."""
    if min(len(before), len(after)) < _LONG_LINE_CHARS or abs(len(before) - len(after)) > 1:
        return False
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    for i, j in ((1, 1), (1, 0), (0, 1)):
        if before[start + i :] == after[start + j :]:
            touched = before[start : start + i] + after[start : start + j]
            return all(character.isalpha() or character in _STOPS for character in touched)
    return False


def _overlap(one: Box, other: Box) -> float:
    """The share of the smaller box that lies in the other."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    smaller = min(one.width * one.height, other.width * other.height)
    return width * height / smaller if width > 0 and height > 0 and smaller > 0 else 0.0
