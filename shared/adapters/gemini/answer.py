"""Check what a Gemini model answered, and turn it into elements.

A model may invent: a role that is not ours, a box outside of the picture, prose around the JSON. An answer is
taken as a whole or not at all, since what invents one element may have invented the others.
"""

from __future__ import annotations

from shared.adapters.gemini.failures import ModelUnusable
from shared.evidence.elements import Box, Element, Role

MAX_ELEMENTS = 600
_MAX_LABEL_CHARACTERS = 500
_MAX_STATE_CHARACTERS = 20
#: The model gives boxes in thousandths, as x, y, width and height.
_SCALE = 1000


def elements_of(answered: object, size: tuple[int, int]) -> list[Element]:
    """Return the elements of an answer for a picture of this width and height.

    Raises:
        ModelUnusable: `oversized`, `not_elements` or `unknown_role`.
    """
    if not isinstance(answered, list):
        raise ModelUnusable("not_elements", "The answer is not a list of elements.")
    if len(answered) > MAX_ELEMENTS:
        raise ModelUnusable("oversized", f"The answer has {len(answered)} elements.")
    return [_element(one, size) for one in answered]


def _element(answered: object, size: tuple[int, int]) -> Element:
    if not isinstance(answered, dict):
        raise ModelUnusable("not_elements", "An element is not an object.")
    role, label, state = answered.get("role"), answered.get("label"), answered.get("state")
    if role not in tuple(Role):
        raise ModelUnusable("unknown_role", f"There is no role {str(role)[:40]!r}.")
    if not isinstance(label, str) or not isinstance(state, str | None):
        raise ModelUnusable("not_elements", "A label or a state is not text.")
    if len(label) > _MAX_LABEL_CHARACTERS or len(state or "") > _MAX_STATE_CHARACTERS:
        raise ModelUnusable("oversized", "A label or a state is longer than any on a screen.")
    return Element(
        role=Role(role), label=" ".join(label.split()), box=_box(answered.get("box"), size), state=state or None
    )


def _box(answered: object, size: tuple[int, int]) -> Box:
    """Return the box in pixels."""
    if not isinstance(answered, list) or len(answered) != 4 or not all(type(number) is int for number in answered):
        raise ModelUnusable("not_elements", "A box is not four whole numbers.")
    x, y, width, height = answered
    if min(x, y) < 0 or min(width, height) < 1 or max(x + width, y + height) > _SCALE:
        raise ModelUnusable("not_elements", "A box is outside of the picture.")
    across, down = size[0] / _SCALE, size[1] / _SCALE
    return Box(
        x=round(x * across), y=round(y * down), width=max(round(width * across), 1), height=max(round(height * down), 1)
    )
