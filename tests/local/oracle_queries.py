"""Queries and aggregations as plain values: readable when printed, and asked of either server."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from google.cloud.firestore_v1.aggregation import AggregationQuery
from google.cloud.firestore_v1.base_query import And, BaseFilter, FieldFilter, Or

from tests.local.oracle_outcomes import LIMITS, document

NAME = "__name__"


@dataclass(frozen=True)
class Compare:
    """One comparison of one field."""

    path: str
    op: str
    value: Any

    def built(self) -> BaseFilter:
        """Return the client's filter."""
        return FieldFilter(self.path, self.op, self.value)

    def comparisons(self) -> list["Compare"]:
        """Return this one."""
        return [self]


@dataclass(frozen=True)
class Combine:
    """A conjunction (`how` is "and") or disjunction ("or")."""

    how: str
    filters: list["Where"]

    def built(self) -> BaseFilter:
        """Return the client's filter."""
        combined = And if self.how == "and" else Or
        return combined([each.built() for each in self.filters])

    def comparisons(self) -> list[Compare]:
        """Return all comparisons."""
        return [comparison for each in self.filters for comparison in each.comparisons()]


Where: TypeAlias = Compare | Combine


@dataclass(frozen=True)
class Cursor:
    """Where the results begin or end; `bound` is the name of the client's method."""

    bound: str
    position: list[Any]


@dataclass(frozen=True)
class Find:
    """A query over a collection or, as a `group`, over all collections of its id; `where` must hold altogether."""

    where: list[Where] = field(default_factory=list)
    orders: list[tuple[str, str]] = field(default_factory=list)
    cursors: list[Cursor] = field(default_factory=list)
    offset: int = 0
    limit: int | None = None
    select: list[str] | None = None
    group: bool = False

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

    def run(self, collection: Any) -> Any:
        """Return the documents that are found, in order."""
        return [document(snapshot) for snapshot in self.on(collection).stream(**LIMITS)]

    def comparisons(self) -> list[Compare]:
        """Return all comparisons of the filter."""
        return [comparison for where in self.where for comparison in where.comparisons()]


@dataclass(frozen=True)
class Aggregate:
    """A count, sums and averages over what a query finds."""

    find: Find
    sums: list[str] = field(default_factory=list)
    averages: list[str] = field(default_factory=list)

    def run(self, collection: Any) -> Any:
        """Return the results by alias."""
        aggregation = AggregationQuery(self.find.on(collection)).count(alias="count")
        for path in self.sums:
            aggregation.sum(path, alias=f"sum of {path}")
        for path in self.averages:
            aggregation.avg(path, alias=f"average of {path}")
        return {result.alias: _rounded(result.value) for result in aggregation.get(**LIMITS)[0]}


def _rounded(value: float | None) -> str:
    """Return a number to twelve digits, for a sum of doubles depends on their order."""
    return f"{value:.12g}" if isinstance(value, float) else repr(value)
