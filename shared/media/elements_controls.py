"""Rules that tell what a panel is: a button, a field, a check box, a menu, a dialog or a plain picture.

They know no page and no theme: they look at sizes, at what is inside and at differences of colour.
"""

from __future__ import annotations

import numpy as np

from shared.evidence.elements import Box, Element, Role
from shared.media.elements_panels import Colour, Panel, colour_distance
from shared.media.elements_screen import Screen, StyledLine

_BUTTON_HEIGHT = range(20, 81)
_MAX_BUTTON_WIDTH = 520
_MAX_BUTTON_WORDS = 8
_FIELD_HEIGHT = range(22, 301)
_MIN_FIELD_WIDTH = 60
_SINGLE_LINE_PX = 70
_MIN_HELD_SIDE = 20
_CHECK_BOX_SIDE = range(10, 29)
_MENU_WIDTH = range(80, 421)
_MIN_IMAGE_SIDE = 32
#: Text with less contrast on a button cannot be meant to be pressed (WCAG asks for 4.5 otherwise).
_DISABLED_CONTRAST = 2.6


def control_on(screen: Screen, panel: int) -> Element | None:
    """Return the element that a panel is, or None if it only holds others."""
    if panel == 0:
        return None
    for rule in (_dialog, _check_box, _button, _menu, _field, _image):
        element = rule(screen, panel)
        if element is not None:
            return element
    return None


def _dialog(screen: Screen, panel: int) -> Element | None:
    if screen.dialog != panel:
        return None
    inside = [screen.lines[line] for line in screen.lines_on(panel)]
    title = max(inside, key=lambda line: (line.style.size_px, -line.box.y), default=None)
    return Element(role=Role.DIALOG, label=title.text if title else "", box=screen.panels[panel].box)


def _check_box(screen: Screen, panel: int) -> Element | None:
    """A small square, or a circle, with a line of text right of it."""
    one = screen.panels[panel]
    box = one.box
    if box.width not in _CHECK_BOX_SIDE or abs(box.width - box.height) > 2 or screen.lines_on(panel):
        return None
    label = next((line for line in screen.lines if _is_right_of(line.box, box, within_px=24)), None)
    if label is None or not _stands_out(one):
        return None
    # What is ticked is filled in a strong colour, or bears a mark in it.
    inside = screen.picture[box.y + 3 : box.y + box.height - 3, box.x + 3 : box.x + box.width - 3]
    is_marked = int(np.ptp(inside.reshape(-1, 3).max(axis=1))) > 90 or _chroma(one.fill) > 90
    state = "checked" if is_marked else "unchecked"
    return Element(role=Role.INPUT, label=label.text, box=box, state=state)


def _button(screen: Screen, panel: int) -> Element | None:
    """A short text in the middle of a panel of its own colour, or within an outline."""
    one, lines = screen.panels[panel], [screen.lines[line] for line in screen.lines_on(panel)]
    words = [line for line in lines if not line.is_lone_letter] or lines
    box = one.box
    if len(words) != 1 or box.height not in _BUTTON_HEIGHT or box.width > _MAX_BUTTON_WIDTH or _is_cell(screen, panel):
        return None
    line = words[0]
    left, right = line.box.x - box.x, box.x + box.width - line.box.x - line.box.width
    above, below = line.box.y - box.y, box.y + box.height - line.box.y - line.box.height
    is_centred = abs(left - right) <= max(6, 0.12 * box.width) and abs(above - below) <= max(8, 0.3 * box.height)
    is_short = len(line.text.split()) <= _MAX_BUTTON_WORDS and line.box.height >= 0.2 * box.height
    if not is_centred or not is_short or not _stands_out(one) or _is_notice(screen, one, line):
        return None
    return Element(role=Role.BUTTON, label=line.text, box=box, state=_button_state(screen, line))


def _button_state(screen: Screen, line: StyledLine) -> str | None:
    # Everything under an open dialog is pale.
    return "disabled" if line.style.contrast < _DISABLED_CONTRAST and screen.dialog is None else None


def _is_notice(screen: Screen, one: Panel, line: StyledLine) -> bool:
    """Tell whether it is a sentence in a corner of the window: what pops up there reports, and is not pressed."""
    box, page = one.box, screen.page.box
    below = page.height - box.y - box.height
    aside = min(box.x, page.width - box.x - box.width)
    return len(line.text.split()) >= 3 and min(below, box.y) <= 40 and aside <= 40


def _field(screen: Screen, panel: int) -> Element | None:
    """An outlined box that is empty, or whose text begins at its left side; its label is near."""
    one = screen.panels[panel]
    box = one.box
    is_sized = box.height in _FIELD_HEIGHT and box.width >= max(_MIN_FIELD_WIDTH, 1.2 * box.height)
    if not is_sized or not _stands_out(one) or _is_cell(screen, panel) or _holds_panels(screen, panel):
        return None
    lines = [screen.lines[line] for line in screen.lines_on(panel)]
    inside = [line for line in lines if not line.is_lone_letter]
    if not _is_filled_as_a_field(inside, box) or not (one.outline or _chroma(one.fill) < 40):
        return None
    label = _label_of(screen, box)
    if label is None and not (inside and one.outline and box.height <= _SINGLE_LINE_PX):
        return None
    name = label.text if label else inside[0].text
    return Element(role=Role.INPUT, label=name, box=box, state=_field_state(one))


def _holds_panels(screen: Screen, panel: int) -> bool:
    """Tell whether other panels are on it; an icon or the pointer is none."""
    boxes = [screen.panels[other].box for other in screen.panels_on(panel)]
    return any(min(box.width, box.height) >= _MIN_HELD_SIDE for box in boxes)


def _is_filled_as_a_field(inside: list[StyledLine], box: Box) -> bool:
    if not inside:
        return True
    if box.height <= _SINGLE_LINE_PX and len(inside) > 1:
        return False
    return all(line.box.x - box.x <= 48 for line in inside) and inside[0].box.y - box.y <= _SINGLE_LINE_PX / 2


def _field_state(one: Panel) -> str | None:
    if one.outline is None:
        return None
    blue, green, red = one.outline
    if red - max(green, blue) > 70:
        return "error"
    return "focused" if one.outline_px >= 2 and colour_distance(one.outline, one.ground) > 90 else None


def _label_of(screen: Screen, box: Box) -> StyledLine | None:
    """The line directly above a field and in line with its left side, or the one left of it."""
    inside = {id(line) for line in screen.lines if _is_within(line.box, box)}
    others = [line for line in screen.lines if id(line) not in inside]
    above = [
        line for line in others if 0 <= box.y - line.box.y - line.box.height <= 24 and abs(line.box.x - box.x) <= 24
    ]
    if above:
        return max(above, key=lambda line: line.box.y)
    beside = [line for line in others if _is_right_of(box, line.box, within_px=40)]
    return max(beside, key=lambda line: line.box.x, default=None)


def _menu(screen: Screen, panel: int) -> Element | None:
    """A narrow panel with nothing but short lines, evenly below each other, that begin at one place."""
    box, inside = screen.panels[panel].box, [screen.lines[line] for line in screen.lines_on(panel)]
    if len(inside) < 3 or box.width not in _MENU_WIDTH or not _stands_out(screen.panels[panel]):
        return None
    middles = [line.box.y + line.box.height / 2 for line in inside]
    steps = np.diff(middles)
    is_even = float(np.ptp(steps)) <= 8 and float(steps.min()) >= 18 and float(steps.max()) <= 64
    is_flush = max(line.box.x for line in inside) - min(line.box.x for line in inside) <= 8
    is_full = box.height <= (middles[-1] - middles[0]) + 2.2 * float(steps.max())
    is_short = all(len(line.text.split()) <= 4 for line in inside)
    if not (is_even and is_flush and is_full and is_short):
        return None
    return Element(role=Role.MENU, label=inside[0].text, box=box)


def _image(screen: Screen, panel: int) -> Element | None:
    """An empty panel in a colour of its own: a swatch, or a picture that is still to come."""
    one = screen.panels[panel]
    is_empty = not screen.lines_on(panel) and not screen.panels_on(panel)
    is_sized = min(one.box.width, one.box.height) >= _MIN_IMAGE_SIDE and _area(one.box) < 0.5 * _area(screen.page.box)
    if not is_empty or not is_sized or colour_distance(one.fill, one.ground) < 12 or _is_cell(screen, panel):
        return None
    return Element(role=Role.IMAGE, label="", box=one.box)


def _stands_out(one: Panel) -> bool:
    return one.outline is not None or colour_distance(one.fill, one.ground) > 3


def _is_cell(screen: Screen, panel: int) -> bool:
    """Tell whether a panel shares sides with others both beside and above or below it, as in a table."""
    box = screen.panels[panel].box
    others = [other.box for index, other in enumerate(screen.panels) if index not in (0, panel)]
    return any(_touches(box, other) for other in others) and any(_touches(_turn(box), _turn(other)) for other in others)


def _touches(one: Box, other: Box) -> bool:
    """Tell whether two boxes of one height stand side by side without a gap."""
    gaps = (abs(one.x + one.width - other.x), abs(other.x + other.width - one.x))
    return min(gaps) <= 3 and abs(one.y - other.y) <= 3 and abs(one.height - other.height) <= 3


def _turn(box: Box) -> Box:
    return Box(x=box.y, y=box.x, width=box.height, height=box.width)


def _is_right_of(box: Box, other: Box, *, within_px: int) -> bool:
    """Tell whether a box begins at most so far right of another one, at the same height."""
    gap = box.x - other.x - other.width
    return 0 <= gap <= within_px and abs(box.y + box.height / 2 - other.y - other.height / 2) <= 10


def _is_within(box: Box, outer: Box) -> bool:
    middle_x, middle_y = box.x + box.width / 2, box.y + box.height / 2
    return outer.x <= middle_x <= outer.x + outer.width and outer.y <= middle_y <= outer.y + outer.height


def _chroma(colour: Colour) -> int:
    return max(colour) - min(colour)


def _area(box: Box) -> int:
    return box.width * box.height
