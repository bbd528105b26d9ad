"""Which fields of a form hold secrets: passwords, payment cards and one-time codes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.evidence.secret_names import is_secret_field
from shared.feedback.client_log import Action, Context, Target

_SECRET_TYPE = re.compile(r"\bpassword\b")
_SECRET_SELECTOR = re.compile(r"""type\s*[~|^$*]?=\s*["']?password|autocomplete\s*[~|^$*]?=\s*["']?(?:cc-|one-time)""")
_SECRET_AUTOCOMPLETE = re.compile(r"\b(?:cc-[a-z-]+|one-time-code|(?:current|new)-password)\b")
#: Part of a card's data, but no secret where it stands without the number: everybody's name and any month.
_PLAIN_AUTOCOMPLETE = re.compile(r"\bcc-(?:[a-z-]*name|exp[a-z-]*|type)\b")
#: What is shown in place of a secret.
_MASK = re.compile(r"[*•●∙·◦_ ]+")
#: Shorter ones are found in anything.
_SHORTEST = 3
#: Nobody's password is longer, and shorter beginnings of one are found in anything.
_LONGEST, _SHORTEST_BEGINNING = 256, 6


def mark_secret_actions(context: Context) -> list[bool]:
    """Tell for each action whether it was done in a secret field.

    A key that is pressed without a word on where was pressed in the field of the action before.
    """
    selectors = {element.selector for element in context.elements if element.selector and is_secret(element)}
    marks: list[bool] = []
    for action in context.actions:
        if action.target.is_known or not marks:
            marks.append(action.target.selector in selectors or is_secret(action.target, action.value))
        else:
            marks.append(marks[-1])
    return marks


def is_secret(target: Target, value: str = "") -> bool:
    """Whether what is typed into the element is a secret; `value` is what is typed."""
    return (
        _SECRET_TYPE.search(target.input_type) is not None
        or _SECRET_AUTOCOMPLETE.search(target.autocomplete) is not None
        or _SECRET_SELECTOR.search(target.selector.lower()) is not None
        or any(is_secret_field(name, value or target.value) for name in _names_of(target))
    )


def typed_secrets(context: Context) -> set[str]:
    """Return what was typed into secret fields, or stands in them, and is to be known wherever else it appears."""
    typed = {element.value for element in context.elements if element.value and is_secret(element)}
    keys = ""
    for action, is_marked in zip(context.actions, mark_secret_actions(context), strict=True):
        if not is_marked or _PLAIN_AUTOCOMPLETE.search(action.target.autocomplete):
            keys = ""
            continue
        typed |= {action.value, action.target.text if _is_typing(action) else ""}
        if len(action.key) == 1 and "keyup" not in action.type.lower():
            keys += action.key
            typed.add(keys)
    return _without_beginnings({text for text in typed if _SHORTEST <= len(text) <= _LONGEST and not _is_mask(text)})


def _is_typing(action: Action) -> bool:
    return re.search(r"input|type|typing|fill|change|paste|key", action.type.lower()) is not None


def _is_mask(text: str) -> bool:
    return _MASK.fullmatch(text) is not None


def _names_of(target: Target) -> Iterator[str]:
    yield from (target.label, *target.names)
    yield from re.findall(r"[#.\[=\"'][\w-]+", target.selector)


def _without_beginnings(typed: set[str]) -> set[str]:
    """Leave out what is short and only the beginning of another: a field tells its value after every key."""
    beginnings = {text[:length] for text in typed for length in range(_SHORTEST, min(len(text), _SHORTEST_BEGINNING))}
    return {text for text in typed if text not in beginnings}
