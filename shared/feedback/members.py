"""Read members of JSON that somebody else has written: whatever is not as it should be is as if it were not there."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Members = Mapping[str, Any]

#: A longer text is cut. Generous: what is quoted is far shorter, but secrets are looked for before it is cut.
MAX_CHARS = 16_384
#: The largest number that can be a time: the year 5138 in milliseconds.
_MAX_NUMBER = 1e14


def members_of(value: object) -> Members:
    """Return the object's members; those of anything else are none."""
    return value if isinstance(value, dict) else {}


def items_of(value: object) -> Sequence[Any]:
    """Return the array's items; those of anything else are none."""
    return value if isinstance(value, list) else ()


def text_of(members: Members, *names: str) -> str:
    """Return the first of these members that is a text or a number and not empty, on one line."""
    return next((text for name in names if (text := as_text(members.get(name)))), "")


def as_text(value: object) -> str:
    """Return a text or a number on one line; anything else is empty."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value) if math.isfinite(value) else ""


def written_out(value: object) -> str:
    """Return a text as it is, and anything else as JSON, on one line; what nests too deep is empty."""
    if value is None or value == "":
        return ""
    try:
        return as_text(value) or one_line(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return ""


def one_line(text: str) -> str:
    """Make every run of space one space, and cut at a space, so that no half of a secret is left at the end.

    Half a surrogate pair, which JSON may hold and UTF-8 may not, becomes a question mark.
    """
    head = text[:MAX_CHARS]
    if len(text) > MAX_CHARS:
        head = head.rpartition(" ")[0] or head
    return " ".join(head.encode("utf-8", "replace").decode().split())


def number_of(members: Members, *names: str) -> float | None:
    """Return the first of these members that is a finite number, also one that is written as a text."""
    return next((number for name in names if (number := _as_number(members.get(name))) is not None), None)


def time_of(members: Members, *names: str) -> float | None:
    """Return the first of these members that is a time: a number, or ISO 8601 as milliseconds of the epoch."""
    return next((time for name in names if (time := as_time(members.get(name))) is not None), None)


def as_time(value: object) -> float | None:
    """Return a number as it is, and a date in ISO 8601 (UTC, unless it says otherwise) in epoch milliseconds."""
    number = _as_number(value)
    if number is not None or not isinstance(value, str) or len(value) > 40:
        return number
    try:
        date = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() * 1000


def pairs_of(value: object) -> Iterator[tuple[str, str]]:
    """Yield headers: of an object, of an array of `{name, value}`, or of an array of pairs."""
    for name, content in members_of(value).items():
        yield one_line(name), written_out(content)
    for item in items_of(value):
        if isinstance(item, dict):
            yield text_of(item, "name", "key"), written_out(item.get("value"))
        elif isinstance(item, list) and len(item) == 2:
            yield as_text(item[0]), written_out(item[1])


def _as_number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if len(value) > 25 or not value[:1].isdecimal():
            return None
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, int | float) or not abs(value) < _MAX_NUMBER:
        return None
    return float(value)
