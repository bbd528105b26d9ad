"""Rules that tell what a line of text is when no control took it: a heading, a link or plain text."""

from __future__ import annotations

import colorsys
import re

from shared.evidence.elements import Element, Role
from shared.media.elements_panels import Colour
from shared.media.elements_screen import Screen, StyledLine

#: Set larger than the body by this factor it is a heading, by the lower one when it is bold as well.
_HEADING, _BOLD_HEADING = 1.35, 1.08
_MAX_HEADING_WORDS = 14
#: Amounts are set large and head nothing.
_AMOUNT = re.compile(r"[$€£¥]\s?\d|\d\s?[$€£¥%]|^[\d\s.,:/+-]+$")
#: Links are blue to violet in nearly every theme, light or dark.
_LINK_HUES = (0.53, 0.80)
_MIN_CHROMA = 60
#: A bar of navigation: so many short lines in a row on a bar that goes across the page.
_MIN_BAR_LINKS = 3
_MAX_BAR_HEIGHT = 110
_MAX_BAR_WORDS = 3
_BAR_WIDTH = 0.9


def element_of_line(screen: Screen, index: int) -> Element:
    """Return the element that a line of text is."""
    line = screen.lines[index]
    if line.is_lone_letter:
        return Element(role=Role.ICON, label="", box=line.box)
    bar = _bar_around(screen, index)
    if _is_link(line) or index in bar:
        return Element(role=Role.LINK, label=line.text, box=line.box)
    if not bar and _is_heading(line, screen.body_size_px):
        return Element(role=Role.HEADING, label=line.text, box=line.box)
    return Element(role=Role.TEXT, label=line.text, box=line.box, state="error" if _is_red(line) else None)


def _is_heading(line: StyledLine, body_px: float) -> bool:
    factor = _BOLD_HEADING if line.style.is_bold else _HEADING
    is_worded = any(letter.isalpha() for letter in line.text) and len(line.text) > 1
    is_short = len(line.text.split()) <= _MAX_HEADING_WORDS
    return is_worded and is_short and line.style.size_px >= factor * body_px and not _AMOUNT.search(line.text)


def _is_link(line: StyledLine) -> bool:
    hue, chroma = _hue(line.style.colour)
    is_coloured = chroma >= _MIN_CHROMA and _LINK_HUES[0] <= hue <= _LINK_HUES[1]
    ground_hue, ground_chroma = _hue(line.style.ground)
    is_ground_coloured = ground_chroma >= _MIN_CHROMA and abs(hue - ground_hue) < 0.1
    return line.style.is_underlined or (is_coloured and not is_ground_coloured)


def _bar_around(screen: Screen, index: int) -> list[int]:
    """Return the links of the bar that a line is on; none when it is on no bar of navigation.

    What is set larger or bolder at the beginning of a bar is the name of the site.
    """
    home = screen.homes[index]
    bar = screen.panels[home].box
    if bar.height > _MAX_BAR_HEIGHT or bar.width < _BAR_WIDTH * screen.page.box.width:
        return []
    beside = sorted(screen.lines_on(home), key=lambda line: screen.lines[line].box.x)
    short = [line for line in beside if len(screen.lines[line].text.split()) <= _MAX_BAR_WORDS]
    if len(short) > _MIN_BAR_LINKS and _is_set_stronger(screen.lines[short[0]], screen.lines[short[1]]):
        short = short[1:]
    return short if len(short) >= _MIN_BAR_LINKS else []


def _is_set_stronger(line: StyledLine, other: StyledLine) -> bool:
    is_larger = line.style.size_px > 1.1 * other.style.size_px
    return is_larger or (line.style.is_bold and not other.style.is_bold)


def _is_red(line: StyledLine) -> bool:
    hue, chroma = _hue(line.style.colour)
    return chroma >= _MIN_CHROMA and (hue <= 0.03 or hue >= 0.94)


def _hue(colour: Colour) -> tuple[float, int]:
    """Return the hue of a colour (0 to 1, red at both ends) and how colourful it is (0 to 255)."""
    blue, green, red = colour
    return colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)[0], max(colour) - min(colour)
