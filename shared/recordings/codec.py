"""Between the domain's structs and the plain values of documents and tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

Value = TypeVar("Value")


def to_plain(value: object) -> dict[str, Any]:
    """A struct as nested dictionaries; datetimes stay datetimes, enums become their values."""
    plain: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(datetime,))
    return plain


def from_plain(plain: Mapping[str, Any], type_: type[Value]) -> Value:
    """The struct again; `from_plain(to_plain(x), type(x)) == x`. Unknown keys are ignored.

    Raises:
        ValueError: the document does not hold what the type needs.
    """
    value: Value = msgspec.convert(plain, type=type_)
    return value
