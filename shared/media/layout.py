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
    held = {line: control for index, control in controls.items() for line in screen.lines_on(index)}
    texts = [_text(screen, line, held.get(line)) for line in range(len(screen.lines))]
    graphics = find_graphics(screen, [control.box for control in controls.values()])
    found = [*controls.values(), *(text for text in texts if text), *graphics]
    return in_reading_order(found)[:MAX_ELEMENTS]


def _text(screen: Screen, line: int, control: Element | None) -> Element | None:
    """Return the element that a line is; None if it is the label of the button that it stands on."""
    if control is not None and control.role is Role.BUTTON:
        return None
    if control is not None and control.role is Role.INPUT and not screen.lines[line].is_lone_letter:
        # What somebody typed is neither a heading nor a link, however it looks.
        return Element(role=Role.TEXT, label=screen.lines[line].text, box=screen.lines[line].box)
    return element_of_line(screen, line)
