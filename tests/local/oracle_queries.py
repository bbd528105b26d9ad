"""Queries and aggregations as plain values: drawn by Hypothesis, readable when printed, asked of either server."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from google.cloud.firestore_v1.aggregation import AggregationQuery
from google.cloud.firestore_v1.base_query import And, BaseFilter, FieldFilter, Or
from hypothesis import strategies as st

from tests.local.oracle_values import Pointer, arrays, scalars, values

NAME = "__name__"
PATHS = ["n", "a", "b", "tags", "m.x", "m.y", "m", "`p.q`", "gone"]


@dataclass(frozen=True)
class Compare:
    """One comparison of one field."""

    path: str
    op: str
    value: Any

    def built(self) -> BaseFilter:
        """Return the client's filter."""
        return FieldFilter(self.path, self.op, self.value)


@dataclass(frozen=True)
class Combine:
    """A conjunction or disjunction: `how` is And or Or."""

    how: type[And] | type[Or]
    filters: list["Where"]

    def built(self) -> BaseFilter:
        """Return the client's filter."""
        return self.how([each.built() for each in self.filters])


Where: TypeAlias = Compare | Combine


@dataclass(frozen=True)
class Cursor:
    """Where the results begin or end; `bound` is the name of the client's method."""

    bound: str
    position: list[Any]


@dataclass(frozen=True)
class Find:
    """A query over a collection or, as a `group`, over all collections of its name."""

    where: list[Where]
    orders: list[tuple[str, str]]
    cursors: list[Cursor]
    offset: int
    limit: int | None
    select: list[str] | None
    group: bool

    def on(self, collection: Any) -> Any:
        """Return the client's query."""
        query = collection._client.collection_group(collection.id) if self.group else collection
        for where in self.where:
            query = query.where(filter=where.built())
        for path, direction in self.orders:
            query = query.order_by(path, direction=direction)
        for cursor in self.cursors:
            query = getattr(query, cursor.bound)(list(cursor.position))
        query = query.offset(self.offset)
        if self.limit is not None:
            query = query.limit(self.limit)
        return query if self.select is None else query.select(self.select)


@dataclass(frozen=True)
class Aggregate:
    """Aggregations over what a query finds: `sums` and `averages` are fields."""

    find: Find
    sums: list[str]
    averages: list[str]

    def on(self, collection: Any) -> Any:
        """Return the client's aggregation, which also counts."""
        aggregation = AggregationQuery(self.find.on(collection)).count(alias="count")
        for path in self.sums:
            aggregation.sum(path, alias=f"sum-{path}")
        for path in self.averages:
            aggregation.avg(path, alias=f"average-{path}")
        return aggregation


pointers = st.builds(Pointer, st.sampled_from(["t00", "t07", "t20", "x"]))
paths = st.sampled_from(PATHS)
directions = st.sampled_from(["ASCENDING", "DESCENDING"])
operands = st.lists(scalars | arrays, min_size=1, max_size=3)
comparisons = st.one_of(
    st.builds(Compare, st.sampled_from(["n", "m.x"]), st.sampled_from(["==", "<=", ">"]), st.integers(0, 2)),
    st.builds(Compare, paths, st.sampled_from(["==", "!="]), values),
    st.builds(Compare, paths, st.sampled_from(["<", "<=", ">", ">="]), scalars | arrays),
    st.builds(Compare, paths, st.sampled_from(["in", "not-in", "array_contains_any"]), operands),
    st.builds(Compare, paths, st.just("array_contains"), scalars),
    st.builds(Compare, st.just(NAME), st.sampled_from(["==", "!=", "<", ">="]), pointers),
    st.builds(Compare, st.just(NAME), st.sampled_from(["in", "not-in"]), st.lists(pointers, min_size=1, max_size=3)),
)
combinations = st.recursive(
    comparisons,
    lambda inner: st.builds(Combine, st.sampled_from([And, Or]), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=4,
)


@st.composite
def finds(draw: st.DrawFn, *, projected: bool = True) -> Find:
    """Draw a query."""
    orders = draw(st.lists(st.tuples(paths, directions), max_size=2, unique_by=lambda order: order[0]))
    orders += draw(st.just([]) | st.lists(st.tuples(st.sampled_from([NAME, NAME, "a"]), directions), max_size=1))
    bounds = draw(st.lists(st.sampled_from(["start_at", "start_after", "end_at", "end_before"]), max_size=2))
    return Find(
        where=draw(st.lists(combinations, max_size=3)),
        orders=orders,
        cursors=[Cursor(bound, draw(positions(orders))) for bound in bounds if orders],
        offset=draw(st.sampled_from([0, 0, 2, 30])),
        limit=draw(st.sampled_from([None, None, 1, 5, 0])),
        select=draw(st.none() if not projected else st.none() | st.lists(st.sampled_from([*PATHS, NAME]), max_size=3)),
        group=draw(st.booleans()),
    )


@st.composite
def positions(draw: st.DrawFn, orders: list[tuple[str, str]]) -> list[Any]:
    """Draw the values of a cursor for the first of the orders."""
    ordered = orders[: draw(st.integers(1, len(orders)))]
    return [draw(pointers if path == NAME else values) for path, _ in ordered]


some_paths = st.lists(paths, max_size=2, unique=True)
aggregates = st.builds(Aggregate, finds(projected=False), some_paths, some_paths)
