"""A query as it is meant: every implied order spelled out, cursors turned into bounds on the sort key."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.local.firestore.document_rules import check_collection
from shared.local.firestore.errors import invalid
from shared.local.firestore.fields import NAME, check_paths, parse_path
from shared.local.firestore.filters import (
    INEQUALITIES,
    AllOf,
    Conjunction,
    Filter,
    field_filters,
    parse_filter,
)
from shared.local.firestore.ordering import AFTER, encode, invert
from shared.local.firestore.query_rules import check_filters
from shared.local.firestore.stored_document import StoredDocument
from shared.local.firestore.wire import Direction, Message


@dataclass(frozen=True)
class Order:
    """One sort criterion."""

    path: str
    descending: bool

    def directed(self, key: bytes) -> bytes:
        """Return the sort key as this order wants it."""
        return invert(key) if self.descending else key


@dataclass(frozen=True)
class Query:
    """A parsed `StructuredQuery`.

    `collection_id` is empty for a query over collections of any id. `rows` is the disjunctive normal form of
    `where`. `orders` is complete; as `__name__` is one of them, a sort key is unique. `low` and `high` are the
    cursors: a result's sort key satisfies low <= key < high. `projection` None means the whole document.
    """

    parent: str
    collection_id: str
    all_descendants: bool
    where: Filter
    rows: Sequence[Conjunction]
    orders: tuple[Order, ...]
    low: bytes
    high: bytes
    offset: int
    limit: int | None
    projection: tuple[str, ...] | None

    def sort_key(self, document: StoredDocument) -> bytes | None:
        """Return where a document stands among the results, or None when it lacks an ordered field."""
        keys = []
        for order in self.orders:
            key = document.key(order.path)
            if key is None:
                return None
            keys.append(order.directed(key))
        return b"".join(keys)


def parse_query(parent: str, structured: Message, aggregated: Sequence[str] = ()) -> Query:
    """Return the query over the children (or descendants) of `parent`.

    A document without an `aggregated` field is no result; neither is it in production.

    Raises: Refused (INVALID_ARGUMENT).
    """
    if len(structured.from_) != 1:
        raise invalid("A query must name exactly one collection.")
    if aggregated and structured.HasField("select"):
        raise invalid("Cannot apply property masks when aggregation fields are present.")
    check_collection(parent, structured.from_[0].collection_id)
    if structured.offset < 0 or structured.limit.value < 0:
        raise invalid("offset or limit is negative")
    where = parse_filter(structured.where) if structured.HasField("where") else AllOf()
    orders = _complete_orders(structured, where, aggregated)
    return Query(
        parent=parent,
        collection_id=structured.from_[0].collection_id,
        all_descendants=structured.from_[0].all_descendants,
        where=where,
        rows=check_filters(where),
        orders=orders,
        low=_low_bound(structured, orders),
        high=_high_bound(structured, orders),
        offset=structured.offset,
        limit=structured.limit.value if structured.HasField("limit") else None,
        projection=_parse_projection(structured),
    )


def _complete_orders(structured: Message, where: Filter, aggregated: Sequence[str]) -> tuple[Order, ...]:
    """Return the given orders, then inequality fields by name, then aggregated fields, then `__name__`.

    What is added has the direction of the last given order. Nothing can follow `__name__`, which is unique.
    """
    orders = [Order(o.field.field_path, o.direction == Direction.DESCENDING) for o in structured.order_by]
    if len({order.path for order in orders}) < len(orders):
        raise invalid("order by clause cannot contain duplicate fields")
    descending = orders[-1].descending if orders else False
    unequal = {each.path for each in field_filters(where) if each.op in INEQUALITIES}
    for path in (*sorted(unequal - {NAME}, key=parse_path), *aggregated, NAME):
        if path not in {order.path for order in orders}:
            orders.append(Order(path, descending))
    check_paths(each.path for each in field_filters(where))
    check_paths(order.path for order in orders)
    if orders[-1].path != NAME:
        raise invalid("order by clause cannot contain more fields after the key")
    return tuple(orders)


def _low_bound(structured: Message, orders: tuple[Order, ...]) -> bytes:
    if not structured.HasField("start_at"):
        return b""
    prefix = _cursor_key(structured.start_at, orders)
    return prefix if structured.start_at.before else prefix + AFTER


def _high_bound(structured: Message, orders: tuple[Order, ...]) -> bytes:
    if not structured.HasField("end_at"):
        return AFTER
    prefix = _cursor_key(structured.end_at, orders)
    return prefix if structured.end_at.before else prefix + AFTER


def _cursor_key(cursor: Message, orders: tuple[Order, ...]) -> bytes:
    """Return what the sort keys begin with that stand at the cursor."""
    if len(cursor.values) > len(orders):
        raise invalid("Cursor has too many values.")
    for order, value in zip(orders, cursor.values, strict=False):
        if order.path == NAME and not value.HasField("reference_value"):
            raise invalid("Cursor __name__ value is not a document reference.")
    keys = (order.directed(encode(value)) for order, value in zip(orders, cursor.values, strict=False))
    return b"".join(keys)


def _parse_projection(structured: Message) -> tuple[str, ...] | None:
    if not structured.HasField("select"):
        return None
    paths = tuple(field.field_path for field in structured.select.fields)
    check_paths(paths)
    return paths
