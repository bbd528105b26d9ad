"""Which index a query must have, and whether it has it.

Production refuses a query that its indexes cannot serve; a local server that answers it anyway only moves
the failure to the deployment. The rules, from what the service is known to answer and from
firebase.google.com/docs/firestore/query-data/index-overview:

- An index serves a conjunction when it is the equality fields (any order, any direction), then exactly the
  fields of the order, in the same directions, up to `__name__`. It is never read backwards, and an index with
  more fields does not serve a query with fewer.
- Indexes are merged: several that end with the whole order serve a conjunction when their equality fields
  together are all of its equality fields.
- Every field has automatic indexes, ascending, descending and (arrays) contains, for a collection; none for a
  collection group. `__name__` has an ascending one. So equalities alone need nothing declared.
- A disjunction (`OR`, `in`, `array_contains_any`) needs this for each of its rows.
- Aggregated fields count as ordered fields.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import grpc

from shared.local.firestore.errors import Refused
from shared.local.firestore.fields import NAME
from shared.local.firestore.filters import Conjunction, Op
from shared.local.firestore.query import Query
from shared.local.firestore.schema import Index, IndexField, Mode, with_name


@dataclass(frozen=True)
class IndexNeed:
    """What one row of a query asks of an index.

    `orders` includes `__name__`, but no field that an equality pins to one value.
    """

    collection: str
    group: bool
    equalities: tuple[str, ...]
    contains: tuple[str, ...]
    orders: tuple[IndexField, ...]

    def perfect_index(self) -> Index:
        """Return the one index that would serve it alone."""
        contains = (IndexField(path, Mode.CONTAINS) for path in self.contains)
        equalities = (IndexField(path, Mode.ASCENDING) for path in self.equalities)
        return Index(self.collection, self.group, (*contains, *equalities, *self.orders))

    def covered_by(self, index: Index) -> frozenset[str] | None:
        """Return the equality fields that an index serves, or None when it does not end with the order."""
        split = len(index.fields) - len(self.orders)
        if split < 0 or index.fields[split:] != self.orders:
            return None
        leading = index.fields[:split]
        if not all(self._accepts(field) for field in leading):
            return None
        return frozenset(field.path for field in leading)

    def _accepts(self, field: IndexField) -> bool:
        return field.path in (self.contains if field.mode is Mode.CONTAINS else self.equalities)


def index_needs(query: Query) -> list[IndexNeed]:
    """Return what each row of a query's filter needs."""
    orders = _needed_orders(query)
    return [_index_need(query, row, orders) for row in query.rows]


def _index_need(query: Query, row: Conjunction, orders: tuple[IndexField, ...]) -> IndexNeed:
    ordered = {field.path for field in orders}
    equalities = (each.path for each in row if each.op is Op.EQUAL and each.path not in ordered)
    contains = (each.path for each in row if each.op is Op.ARRAY_CONTAINS)
    return IndexNeed(
        collection=query.collection_id,
        group=query.all_descendants,
        equalities=tuple(dict.fromkeys(equalities)),
        contains=tuple(dict.fromkeys(contains)),
        orders=orders,
    )


def _needed_orders(query: Query) -> tuple[IndexField, ...]:
    """Return the orders that decide anything: not those of pinned fields."""
    pinned = _pinned_fields(query.rows)
    deciding = (order for order in query.orders if order.path == NAME or order.path not in pinned)
    return tuple(IndexField(o.path, Mode.DESCENDING if o.descending else Mode.ASCENDING) for o in deciding)


def _pinned_fields(rows: Sequence[Conjunction]) -> frozenset[str]:
    """Return the fields that every row compares for equality with the same one value."""
    values = [{each.path: each.operands for each in row if each.op is Op.EQUAL} for row in rows]
    first = values[0] if values else {}
    return frozenset(path for path in first if all(row.get(path) == first[path] for row in values))


def check_indexes(query: Query, declared: Sequence[Index]) -> None:
    """Raise Refused (FAILED_PRECONDITION), naming the index, when a row of the query has none."""
    for need in index_needs(query):
        if not _is_served(need, declared):
            message = f"The query requires an index: {need.perfect_index()}. Declare it in the schema."
            raise Refused(grpc.StatusCode.FAILED_PRECONDITION, message)


def _is_served(need: IndexNeed, declared: Sequence[Index]) -> bool:
    matching = (i for i in declared if i.collection == need.collection and i.group == need.group)
    covered = [need.covered_by(index) for index in (*matching, *_automatic_indexes(need))]
    serving = [fields for fields in covered if fields is not None]
    wanted = {*need.equalities, *need.contains}
    return bool(serving) and {path for fields in serving for path in fields} == wanted


def _automatic_indexes(need: IndexNeed) -> Iterator[Index]:
    """Yield those indexes that nobody has to declare which could serve a need."""
    yield Index(need.collection, need.group, (IndexField(NAME, Mode.ASCENDING),))
    if need.group:
        return
    paths = (*need.equalities, *need.contains, need.orders[0].path)
    for path in paths:
        for mode in Mode:
            if path != NAME:
                yield Index(need.collection, need.group, with_name((IndexField(path, mode),)))
