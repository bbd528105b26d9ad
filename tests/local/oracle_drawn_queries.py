"""Hypothesis draws queries: such as are mostly answered, see `oracle_drawn_refusals` for the others."""

from typing import Any

from hypothesis import strategies as st

from tests.local.oracle_differences import is_comparable
from tests.local.oracle_queries import NAME, Aggregate, Combine, Compare, Cursor, Find
from tests.local.oracle_values import Pointer, arrays, scalars, values

PATHS = ["n", "a", "b", "tags", "m.x", "m.y", "m", "`p.q`", "gone"]

paths = st.sampled_from(PATHS)
directions = st.sampled_from(["ASCENDING", "DESCENDING"])
bounds = st.sampled_from(["start_at", "start_after", "end_at", "end_before"])
operands = st.lists(scalars | arrays, min_size=1, max_size=3)
pointers = st.builds(Pointer, st.sampled_from(["a", "t07", "t20", "x"]))
comparisons = st.one_of(
    st.builds(Compare, st.sampled_from(["n", "m.x"]), st.sampled_from(["==", "<=", ">"]), st.integers(0, 2)),
    st.builds(Compare, paths, st.sampled_from(["==", "!="]), values),
    st.builds(Compare, paths, st.sampled_from(["<", "<=", ">", ">="]), scalars | arrays),
    st.builds(Compare, paths, st.sampled_from(["in", "not-in", "array_contains_any"]), operands),
    st.builds(Compare, paths, st.just("array_contains"), scalars),
    st.builds(Compare, st.just(NAME), st.sampled_from(["==", "!=", "<", ">="]), pointers),
    st.builds(Compare, st.just(NAME), st.sampled_from(["in", "not-in"]), st.lists(pointers, min_size=1, max_size=3)),
)
filters = st.recursive(
    comparisons,
    lambda inner: st.builds(Combine, st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=4,
)
last_orders = st.lists(st.tuples(st.sampled_from([NAME, NAME, "a"]), directions), max_size=1)


@st.composite
def any_finds(draw: st.DrawFn, *, projected: bool = True) -> Find:
    """Draw a query, which may have a known difference; `projected`: it may select fields."""
    orders = draw(st.lists(st.tuples(paths, directions), max_size=2, unique_by=lambda order: order[0]))
    orders += draw(st.just([]) | last_orders)
    projections = st.lists(st.sampled_from([*PATHS, NAME]), max_size=3)
    return Find(
        where=draw(st.lists(filters, max_size=3)),
        orders=orders,
        cursors=[Cursor(bound, draw(positions(orders))) for bound in draw(st.lists(bounds, max_size=2)) if orders],
        offset=draw(st.sampled_from([0, 0, 2, 30])),
        limit=draw(st.sampled_from([None, None, 1, 5, 0])),
        select=draw(st.none() | projections) if projected else None,
        group=draw(st.booleans()),
    )


@st.composite
def positions(draw: st.DrawFn, orders: list[tuple[str, str]]) -> list[Any]:
    """Draw the values of a cursor, for the first of the orders."""
    ordered = orders[: draw(st.integers(1, len(orders)))]
    return [draw(pointers if path == NAME else values) for path, _ in ordered]


finds = any_finds().filter(is_comparable)
some_paths = st.lists(paths, max_size=2, unique=True)
aggregates = st.builds(Aggregate, any_finds(projected=False), some_paths, some_paths).filter(is_comparable)
