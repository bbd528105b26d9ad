"""Field transforms: values that the server computes from what is stored."""

from collections.abc import Callable

from shared.local.firestore.errors import invalid
from shared.local.firestore.fields import get_field, parse_path, put_field
from shared.local.firestore.ordering import encode
from shared.local.firestore.wire import ArrayValue, Message, Value, timestamp

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1

Number = int | float


def apply_transform(fields: Message, transform: Message, now_us: int) -> Message:
    """Change one field in place and return the transform's result, which is null for arrays.

    Raises: Refused (INVALID_ARGUMENT) for a transform of no known kind.
    """
    path = parse_path(transform.field_path)
    kind = transform.WhichOneof("transform_type")
    if kind == "set_to_server_value":
        result = Value(timestamp_value=timestamp(now_us))
        put_field(fields, path, result)
        return result
    operand = getattr(transform, kind) if kind else None
    current = get_field(fields, path)
    if kind in _ARITHMETIC:
        result = _compute(_ARITHMETIC[kind], current, operand)
        put_field(fields, path, result)
        return result
    if kind in _ARRAYS:
        put_field(fields, path, Value(array_value=ArrayValue(values=_ARRAYS[kind](_elements(current), operand))))
        return Value(null_value=0)
    raise invalid(f"Unknown transform of field {transform.field_path!r}.")


def _compute(operation: Callable[[Number, Number], Number], current: Message | None, operand: Message) -> Message:
    """Apply an operation; a field that is missing or no number becomes the operand."""
    before, given = _number(current), _number(operand)
    if given is None:
        raise invalid("The operand of a numeric transform must be a number.")
    after = given if before is None else operation(before, given)
    if isinstance(after, float):
        return Value(double_value=after)
    return Value(integer_value=max(_INT64_MIN, min(_INT64_MAX, after)))


def _number(value: Message | None) -> Number | None:
    kind = None if value is None else value.WhichOneof("value_type")
    if kind not in ("integer_value", "double_value"):
        return None
    number: Number = getattr(value, kind)
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


_ARITHMETIC: dict[str | None, Callable[[Number, Number], Number]] = {
    "increment": lambda before, given: before + given,
    "maximum": max,
    "minimum": min,
}
_ARRAYS: dict[str | None, Callable[[list[Message], Message], list[Message]]] = {
    "append_missing_elements": _append_missing,
    "remove_all_from_array": _remove_all,
}
