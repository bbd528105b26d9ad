"""One screen as the rules see it: panels within panels, and lines of text that each have a home among them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from statistics import median

import numpy as np
from numpy.typing import NDArray

from shared.evidence.elements import Box
from shared.media.elements_panels import Panel, channel_max, contains, find_panels
from shared.media.elements_text import TextStyle, measure_style
from shared.media.ocr import TextLine
from shared.media.ocr_picture import Picture
from shared.structs import Struct, replace

_MIN_CHECK_BOX_PX = 10
_MAX_GROUND_NOISE = 40
#: The brightest of what a dialog dims is at most this share of what is bright on the dialog.
_DIMMED = 0.72


class StyledLine(Struct, frozen=True, kw_only=True):
    """A line of text and how it is set."""

    text: str
    box: Box
    style: TextStyle

    @property
    def is_lone_letter(self) -> bool:
        """What is read as one letter is more often an icon, or the pointer."""
        return len(self.text) == 1 and self.text.isalpha()


class Screen(Struct, frozen=True, dict=True):
    """A picture, taken apart. Panels and lines are named by their place in these lists; panel 0 is the page."""

    picture: Picture
    panels: Sequence[Panel]
    lines: Sequence[StyledLine]

    @classmethod
    def of(cls, picture: Picture, lines: Sequence[TextLine]) -> Screen:
        """Take a picture apart whose lines were read."""
        page, *panels = find_panels(picture)
        lines = [_without_check_box(picture, line, panels) for line in lines]
        styled = [StyledLine(text=line.text, box=line.box, style=measure_style(picture, line)) for line in lines]
        outside_text = [panel for panel in panels if not any(_is_part_of(panel.box, line.box) for line in lines)]
        return cls(picture, [page, *outside_text], styled)

    @property
    def page(self) -> Panel:
        return self.panels[0]

    @cached_property
    def body_size_px(self) -> float:
        """The font size of most of the text."""
        sizes = [line.style.size_px for line in self.lines for _ in range(len(line.text))]
        return median(sizes) if sizes else 16.0

    @cached_property
    def parents(self) -> Sequence[int]:
        """The smallest panel around each panel; the page's own is itself."""
        return [self._smallest_around(panel.box, other_than=index) for index, panel in enumerate(self.panels)]

    @cached_property
    def homes(self) -> Sequence[int]:
        """The smallest panel around each line."""
        return [self._smallest_around(line.box) for line in self.lines]

    @cached_property
    def dialog(self) -> int | None:
        """The panel of the dialog that is open over a dimmed page; None if there is none."""
        brightness = channel_max(self.picture)
        sized = (index for index in range(1, len(self.panels)) if self._may_be_a_dialog(index))
        dialogs = (index for index in sized if _is_over_dimmed(brightness, self.panels[index].box))
        return max(dialogs, key=lambda index: _area(self.panels[index].box), default=None)

    def lines_on(self, panel: int) -> list[int]:
        """The lines whose home this panel is."""
        return [index for index, home in enumerate(self.homes) if home == panel]

    def panels_on(self, panel: int) -> list[int]:
        """The panels directly on this one."""
        return [index for index, parent in enumerate(self.parents) if parent == panel and index != panel]

    def _may_be_a_dialog(self, panel: int) -> bool:
        box, page = self.panels[panel].box, self.page.box
        is_sized = box.width >= 160 and box.height >= 80 and _area(box) <= 0.8 * _area(page)
        is_centred = abs(box.x + box.width / 2 - page.width / 2) <= 0.1 * page.width and box.y > 0
        return is_sized and is_centred and bool(self.lines_on(panel))

    def _smallest_around(self, box: Box, other_than: int = -1) -> int:
        around = [
            (panel.box.width * panel.box.height, index)
            for index, panel in enumerate(self.panels)
            if index != other_than and contains(panel.box, box) and _area(panel.box) > _area(box)
        ]
        return min(around, default=(0, 0))[1]


def _area(box: Box) -> int:
    return box.width * box.height


def _is_over_dimmed(brightness: NDArray[np.uint8], box: Box) -> bool:
    """Tell whether the brightest around a box is dull beside the brightest on it, be it paper or letters."""
    around = brightness.copy()
    around[box.y : box.y + box.height, box.x : box.x + box.width] = 0
    inside = brightness[box.y : box.y + box.height, box.x : box.x + box.width]
    return bool(np.percentile(around, 99.8) <= _DIMMED * np.percentile(inside, 99.8))


def _is_part_of(panel: Box, line: Box) -> bool:
    """Tell whether a panel is the inside of a letter, such as that of an O, and no panel around the text."""
    return panel.width < line.width + 4 and contains(line, panel, slack=3) and panel.height <= line.height + 3


def _without_check_box(picture: Picture, line: TextLine, panels: Sequence[Panel]) -> TextLine:
    """Return a line whose box begins with its text, where detection took the check box before it for a letter."""
    box = line.box
    for panel in panels:
        is_square = panel.box.height >= _MIN_CHECK_BOX_PX and abs(panel.box.width - panel.box.height) <= 2
        is_first = abs(panel.box.x - box.x) <= 2 and contains(box, panel.box, slack=3)
        if is_square and is_first and _is_apart(picture, panel):
            start = panel.box.x + panel.box.width + 2
            return replace(line, box=replace(box, x=start, width=box.x + box.width - start))
    return line


def _is_apart(picture: Picture, panel: Panel) -> bool:
    """Tell a check box from the inside of a first letter: the next letter is not as close."""
    box = panel.box
    end = box.x + box.width
    gap = picture[box.y : box.y + box.height, end + 1 : end + 1 + max(3, box.height // 4)].astype(int)
    return int(abs(gap - panel.ground).max(initial=0)) <= _MAX_GROUND_NOISE
