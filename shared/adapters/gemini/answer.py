"""Check what a Gemini model answered, and turn it into elements.

A model may invent: a role that is not ours, a box outside of the picture, prose around the JSON. An answer is
taken as a whole or not at all, since what invents one element may have invented the others.
"""

from __future__ import annotations

import json
from typing import Any

from shared.evidence.elements import Box, Element, Role
from shared.ports.frames import FrameRefused, UnusableAnswer

MAX_ELEMENTS = 600
MAX_ANSWER_CHARACTERS = 256 * 1024
_MAX_LABEL_CHARACTERS = 500
_MAX_STATE_CHARACTERS = 20
#: The model gives boxes in thousandths, as x, y, width and height.
_SCALE = 1000
_FINISHED = "STOP"
_CUT_OFF = "MAX_TOKENS"
#: A second try may end differently.
_STUMBLED = frozenset({"OTHER", "FINISH_REASON_UNSPECIFIED", "MALFORMED_RESPONSE", "MALFORMED_FUNCTION_CALL"})


def elements_of(response: Any, size: tuple[int, int]) -> list[Element]:
    """Return the elements of an answer for a picture of this width and height.

    Raises:
        FrameRefused: the prompt or the answer was blocked.
        UnusableAnswer: `empty`, `cut_off`, `oversized`, `not_json`, `not_elements` or `unknown_role`.
    """
    text = _text_of(response)
    if len(text) > MAX_ANSWER_CHARACTERS:
        raise UnusableAnswer("oversized", f"The answer has {len(text)} characters.")
    try:
        answered = json.loads(text)
    # A thousand brackets are JSON too.
    except (ValueError, RecursionError) as error:
        raise UnusableAnswer("not_json", "The answer is not JSON.") from error
    if not isinstance(answered, list):
        raise UnusableAnswer("not_elements", "The answer is not a list of elements.")
    if len(answered) > MAX_ELEMENTS:
        raise UnusableAnswer("oversized", f"The answer has {len(answered)} elements.")
    return [_element(one, size) for one in answered]


def _text_of(response: Any) -> str:
    feedback = response.prompt_feedback
    if feedback is not None and feedback.block_reason is not None:
        raise FrameRefused("blocked", f"The picture was blocked: {feedback.block_reason.value}.")
    if not response.candidates:
        raise UnusableAnswer("empty", "The answer has no candidate.")
    candidate = response.candidates[0]
    _check_finish(candidate.finish_reason.value if candidate.finish_reason else _FINISHED)
    parts = candidate.content.parts if candidate.content is not None else None
    text = "".join(part.text for part in parts or () if part.text and not part.thought)
    if not text.strip():
        raise UnusableAnswer("empty", "The answer has no text.")
    return text


def _check_finish(reason: str) -> None:
    if reason == _FINISHED:
        return
    if reason == _CUT_OFF:
        raise UnusableAnswer("cut_off", "The answer was longer than it may be.")
    if reason in _STUMBLED:
        raise UnusableAnswer("empty", f"The model gave up: {reason}.")
    raise FrameRefused("blocked", f"The answer was blocked: {reason}.")


def _element(answered: object, size: tuple[int, int]) -> Element:
    if not isinstance(answered, dict):
        raise UnusableAnswer("not_elements", "An element is not an object.")
    role, label, state = answered.get("role"), answered.get("label"), answered.get("state")
    if role not in tuple(Role):
        raise UnusableAnswer("unknown_role", f"There is no role {str(role)[:40]!r}.")
    if not isinstance(label, str) or not isinstance(state, str | None):
        raise UnusableAnswer("not_elements", "A label or a state is not text.")
    if len(label) > _MAX_LABEL_CHARACTERS or len(state or "") > _MAX_STATE_CHARACTERS:
        raise UnusableAnswer("oversized", "A label or a state is longer than any on a screen.")
    return Element(
        role=Role(role), label=" ".join(label.split()), box=_box(answered.get("box"), size), state=state or None
    )


def _box(answered: object, size: tuple[int, int]) -> Box:
    """Return the box in pixels."""
    if not isinstance(answered, list) or len(answered) != 4 or not all(type(number) is int for number in answered):
        raise UnusableAnswer("not_elements", "A box is not four whole numbers.")
    x, y, width, height = answered
    if min(x, y) < 0 or min(width, height) < 1 or max(x + width, y + height) > _SCALE:
        raise UnusableAnswer("not_elements", "A box is outside of the picture.")
    across, down = size[0] / _SCALE, size[1] / _SCALE
    return Box(
        x=round(x * across), y=round(y * down), width=max(round(width * across), 1), height=max(round(height * down), 1)
    )
