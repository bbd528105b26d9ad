"""Count, sum and average of what a query finds."""

from collections.abc import Sequence

from shared.local.firestore.errors import invalid
from shared.local.firestore.fields import get_field, parse_path
from shared.local.firestore.stored_document import StoredDocument
from shared.local.firestore.wire import AggregationResult, Message, Value

MAX_AGGREGATIONS = 5
_INT64 = range(-(2**63), 2**63)


def aggregated_paths(aggregations: Sequence[Message]) -> tuple[str, ...]:
    """Return the fields that are summed or averaged, each once, by name."""
    if len(aggregations) > MAX_AGGREGATIONS:
        raise invalid(f"A query may have up to {MAX_AGGREGATIONS} aggregations.")
    paths = {_path(each) for each in aggregations if each.WhichOneof("operator") != "count"}
    return tuple(sorted(paths, key=parse_path))


def aggregate(aggregations: Sequence[Message], documents: Sequence[StoredDocument]) -> Message:
    """Return the `AggregationResult` over the documents that a query found."""
    result = AggregationResult()
    for position, each in enumerate(aggregations, start=1):
        alias = each.alias or f"field_{position}"
        result.aggregate_fields[alias].CopyFrom(_evaluate(each, documents))
    return result


def _path(aggregation: Message) -> str:
    operator = aggregation.WhichOneof("operator")
    if operator is None:
        raise invalid("An aggregation must be a count, a sum or an average.")
    path: str = getattr(aggregation, operator).field.field_path
    return path


def _evaluate(aggregation: Message, documents: Sequence[StoredDocument]) -> Message:
    if aggregation.HasField("count"):
        count = aggregation.count
        found = len(documents)
        return Value(integer_value=min(found, count.up_to.value) if count.HasField("up_to") else found)
    numbers = _numbers(_path(aggregation), documents)
    if aggregation.HasField("sum"):
        return _sum(numbers)
    return Value(double_value=sum(numbers) / len(numbers)) if numbers else Value(null_value=0)


def _sum(numbers: list[int | float]) -> Message:
    """Return an integer as long as all numbers are and it fits; else a double."""
    total = sum(numbers)
    if isinstance(total, int) and total in _INT64:
        return Value(integer_value=total)
    return Value(double_value=total)


def _numbers(path: str, documents: Sequence[StoredDocument]) -> list[int | float]:
    """Return the numbers in a field; other values do not count."""
    numbers = []
    for document in documents:
        value = get_field(document.message.fields, parse_path(path))
        kind = None if value is None else value.WhichOneof("value_type")
        if kind in ("integer_value", "double_value"):
            numbers.append(getattr(value, kind))
    return numbers
