"""Field transforms: values that the server computes from what is stored."""

import math
from collections.abc import Callable

from shared.local.firestore.fields import get_field, parse_path, put_field
from shared.local.firestore.ordering import encode
from shared.local.firestore.wire import ArrayValue, Message, Value, timestamp

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1

Number = int | float


def apply_transform(fields: Message, transform: Message, now_us: int) -> Message:
    """Change one field in place and return the transform's result, which is null for arrays.

    transform: one that `check_writes` has let pass.
    """
    path = parse_path(transform.field_path)
    kind = transform.WhichOneof("transform_type")
    if kind == "set_to_server_value":
        result = Value(timestamp_value=timestamp(now_us // 1000 * 1000))  # in milliseconds, as in production
        put_field(fields, path, result)
        return result
    operand = getattr(transform, kind)
    current = get_field(fields, path)
    if kind in _ARITHMETIC:
        result = _compute(_ARITHMETIC[kind], current, operand)
        put_field(fields, path, result)
        return result
    put_field(fields, path, Value(array_value=ArrayValue(values=_ARRAYS[kind](_elements(current), operand))))
    return Value(null_value=0)


def is_number(value: Message) -> bool:
    """Say whether a value is an integer or a double."""
    return value.WhichOneof("value_type") in ("integer_value", "double_value")


def _compute(operation: Callable[[Number, Number], Number], current: Message | None, operand: Message) -> Message:
    """Apply an operation; a field that is missing or no number becomes the operand."""
    given = _number(operand)
    after = operation(_number(current), given) if current is not None and is_number(current) else given
    if isinstance(after, float):
        return Value(double_value=after)
    return Value(integer_value=max(_INT64_MIN, min(_INT64_MAX, after)))


def _number(value: Message) -> Number:
    number: Number = getattr(value, value.WhichOneof("value_type"))
    return number


def _elements(value: Message | None) -> list[Message]:
    return [] if value is None else list(value.array_value.values)


def _append_missing(elements: list[Message], operand: Message) -> list[Message]:
    seen = set(map(encode, elements))
    for element in operand.values:
        if encode(element) not in seen:
            seen.add(encode(element))
            elements.append(element)
    return elements


def _remove_all(elements: list[Message], operand: Message) -> list[Message]:
    unwanted = set(map(encode, operand.values))
    return [element for element in elements if encode(element) not in unwanted]


_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "increment": lambda before, given: before + given,
    "maximum": lambda before, given: given if math.isnan(given) else max(before, given),
    "minimum": lambda before, given: given if math.isnan(given) else min(before, given),
}
_ARRAYS: dict[str, Callable[[list[Message], Message], list[Message]]] = {
    "append_missing_elements": _append_missing,
    "remove_all_from_array": _remove_all,
}
