"""Tell what the elements of a screen are, from its pixels and its lines of text alone.

    picture ── panels ─┬─ controls: dialog, input, button, menu, image
      lines ── styles ─┴─ the lines that are left: heading, link, text
                          what is drawn elsewhere: icon, image

These are rules, and rules can be wrong: a role says what an element looks like, not what the page calls it.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.evidence.elements import Element, Role
from shared.media.elements_controls import control_on
from shared.media.elements_graphics import find_graphics
from shared.media.elements_lines import element_of_line
from shared.media.elements_screen import Screen
from shared.media.ocr import TextLine, in_reading_order
from shared.media.ocr_picture import Picture

#: A screen with more is a picture of something else; the rest says nothing more.
MAX_ELEMENTS = 600


def find_elements(picture: Picture, lines: Sequence[TextLine]) -> list[Element]:
    """Return the elements of a picture whose lines were read, from top to bottom and from left to right.

    The text within a field is an element of its own; what a button, a check box or a field is called is its label.
    At most 600 are returned.
    """
    screen = Screen.of(picture, lines)
    controls = {index: control for index in range(len(screen.panels)) if (control := control_on(screen, index))}
    named = {
        line for index, control in controls.items() if control.role is Role.BUTTON for line in screen.lines_on(index)
    }
    texts = [element_of_line(screen, line) for line in range(len(screen.lines)) if line not in named]
    graphics = find_graphics(screen, [control.box for control in controls.values()])
    found = [*controls.values(), *texts, *graphics]
    return in_reading_order(found)[:MAX_ELEMENTS]
