"""The filter of a query: parsed once, then asked of every candidate document.

Operands are sort keys (see `ordering`), so a comparison of values is a comparison of bytes.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from shared.local.firestore.errors import invalid
from shared.local.firestore.fields import NAME
from shared.local.firestore.ordering import NAN, NULL, encode
from shared.local.firestore.stored_document import StoredDocument
from shared.local.firestore.wire import CompositeOperator, FieldOperator, Message, UnaryOperator

MAX_IN_VALUES = 30
MAX_NOT_IN_VALUES = 10


class Op(Enum):
    """How a field is compared with the operands."""

    EQUAL = auto()
    NOT_EQUAL = auto()
    LESS_THAN = auto()
    LESS_THAN_OR_EQUAL = auto()
    GREATER_THAN = auto()
    GREATER_THAN_OR_EQUAL = auto()
    IN = auto()
    NOT_IN = auto()
    ARRAY_CONTAINS = auto()
    ARRAY_CONTAINS_ANY = auto()


RANGES = frozenset({Op.LESS_THAN, Op.LESS_THAN_OR_EQUAL, Op.GREATER_THAN, Op.GREATER_THAN_OR_EQUAL})
INEQUALITIES = RANGES | {Op.NOT_EQUAL, Op.NOT_IN}
_IGNORED_OPERANDS = {Op.IN: (NULL, NAN), Op.ARRAY_CONTAINS_ANY: (NULL, NAN), Op.NOT_IN: (NAN,)}
_LISTS = {Op.IN: MAX_IN_VALUES, Op.NOT_IN: MAX_NOT_IN_VALUES, Op.ARRAY_CONTAINS_ANY: MAX_IN_VALUES}


@dataclass(frozen=True)
class FieldFilter:
    """A comparison of one field; a document without the field never matches."""

    path: str
    op: Op
    operands: tuple[bytes, ...]

    def matches(self, document: StoredDocument) -> bool:
        """Say whether a document passes."""
        key = document.key(self.path)
        if key is None:
            return False
        if self.op in (Op.ARRAY_CONTAINS, Op.ARRAY_CONTAINS_ANY):
            return not document.elements(self.path).isdisjoint(self.operands)
        return _MATCHERS[self.op](key, self.operands)


@dataclass(frozen=True)
class AllOf:
    """A conjunction; with no filters it passes everything."""

    filters: tuple["Filter", ...] = ()

    def matches(self, document: StoredDocument) -> bool:
        """Say whether a document passes."""
        return all(each.matches(document) for each in self.filters)


@dataclass(frozen=True)
class AnyOf:
    """A disjunction."""

    filters: tuple["Filter", ...]

    def matches(self, document: StoredDocument) -> bool:
        """Say whether a document passes."""
        return any(each.matches(document) for each in self.filters)


Filter: TypeAlias = FieldFilter | AllOf | AnyOf
Conjunction: TypeAlias = tuple[FieldFilter, ...]

_MATCHERS: dict[Op, Callable[[bytes, tuple[bytes, ...]], bool]] = {
    Op.EQUAL: lambda key, operands: key == operands[0],
    Op.NOT_EQUAL: lambda key, operands: key != operands[0] and key != NULL,
    Op.IN: lambda key, operands: key in operands,
    Op.NOT_IN: lambda key, operands: key not in operands and key != NULL and NULL not in operands,
    # A range holds values of the operand's own type only: the first byte.
    Op.LESS_THAN: lambda key, operands: key[0] == operands[0][0] and key < operands[0],
    Op.LESS_THAN_OR_EQUAL: lambda key, operands: key[0] == operands[0][0] and key <= operands[0],
    Op.GREATER_THAN: lambda key, operands: key[0] == operands[0][0] and key > operands[0],
    Op.GREATER_THAN_OR_EQUAL: lambda key, operands: key[0] == operands[0][0] and key >= operands[0],
}


def parse_filter(where: Message) -> Filter:
    """Return the filter that a `StructuredQuery.Filter` describes.

    Raises: Refused (INVALID_ARGUMENT) for operands that the operator does not take.
    """
    match where.WhichOneof("filter_type"):
        case "composite_filter":
            filters = tuple(map(parse_filter, where.composite_filter.filters))
            return AnyOf(filters) if where.composite_filter.op == CompositeOperator.OR else AllOf(filters)
        case "unary_filter":
            return _parse_unary(where.unary_filter)
        case "field_filter":
            return _parse_comparison(where.field_filter)
        case _:
            return AllOf()


def _parse_unary(unary: Message) -> FieldFilter:
    if unary.field.field_path == NAME:
        raise invalid("__name__ is never null or NaN.")
    operator = UnaryOperator(unary.op)
    op = Op.EQUAL if operator in (UnaryOperator.IS_NULL, UnaryOperator.IS_NAN) else Op.NOT_EQUAL
    operand = NULL if operator in (UnaryOperator.IS_NULL, UnaryOperator.IS_NOT_NULL) else NAN
    return FieldFilter(unary.field.field_path, op, (operand,))


def _parse_comparison(comparison: Message) -> FieldFilter:
    op = Op[FieldOperator(comparison.op).name]
    values = [comparison.value]
    if op in _LISTS:
        values = comparison.value.array_value.values
        if not 0 < len(values) <= _LISTS[op]:
            raise invalid(f"'{op.name}' supports up to {_LISTS[op]} comparison values, and needs one.")
    path = comparison.field.field_path
    if path == NAME and op in (Op.ARRAY_CONTAINS, Op.ARRAY_CONTAINS_ANY):
        raise invalid("__name__ is no array.")
    if path == NAME and not all(value.HasField("reference_value") for value in values):
        raise invalid("A filter on __name__ must compare with document references.")
    ignored = _IGNORED_OPERANDS.get(op, ())
    operands = tuple(key for key in dict.fromkeys(map(encode, values)) if key not in ignored)
    return FieldFilter(path, op, operands)


def field_filters(where: Filter) -> Iterator[FieldFilter]:
    """Yield every comparison in a filter."""
    if isinstance(where, FieldFilter):
        yield where
    else:
        for each in where.filters:
            yield from field_filters(each)


def disjuncts(where: Filter) -> list[Conjunction]:
    """Return the disjunctive normal form: the document passes when it passes all filters of any row.

    `IN` and `ARRAY_CONTAINS_ANY` are disjunctions of equalities, as Firestore treats (and counts) them.
    """
    if isinstance(where, AllOf):
        rows = itertools.product(*map(disjuncts, where.filters))
        return [tuple(itertools.chain.from_iterable(row)) for row in rows]
    if isinstance(where, AnyOf):
        return [row for each in where.filters for row in disjuncts(each)]
    single = {Op.IN: Op.EQUAL, Op.ARRAY_CONTAINS_ANY: Op.ARRAY_CONTAINS}.get(where.op)
    if single is None:
        return [(where,)]
    return [(FieldFilter(where.path, single, (operand,)),) for operand in where.operands]
