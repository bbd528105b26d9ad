"""Hypothesis draws queries that are mostly refused: what `oracle_drawn_queries` draws, and something wrong with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.local.oracle_differences import is_comparable
from tests.local.oracle_drawn_queries import PATHS, any_finds, bounds, directions, paths, pointers
from tests.local.oracle_queries import NAME, Aggregate, Compare, Cursor, Find, Where
from tests.local.oracle_values import values

REFUSED_PATHS = ["__x__", "m.__x__", "`__x__`", "a-b", "a b", "a..b", ".a", "a.", "1a", "`a", ""]
OPERATORS = ["==", "!=", "<", ">=", "in", "not-in", "array_contains", "array_contains_any"]

refused_paths = st.sampled_from(REFUSED_PATHS)
comparisons = st.builds(Compare, refused_paths | st.just(NAME), st.sampled_from(OPERATORS), pointers | values)
some_ranges = st.integers(9, 11).map(lambda count: [Compare(f"f{number}", ">", 1) for number in range(count)])
orders = st.tuples(refused_paths | st.just(NAME), directions)
cursors = st.builds(Cursor, bounds, st.lists(pointers | values, min_size=1, max_size=2))


def wrong_wheres(find: Find) -> st.SearchStrategy[list[Where]]:
    """Draw what is added to the filters: a comparison that may be wrong, or about as many ranges as there may be."""
    return (st.lists(comparisons, min_size=1, max_size=1) | some_ranges).map(lambda added: [*find.where, *added])


WRONGS: dict[str, Callable[[Find], st.SearchStrategy[Any]]] = {
    "where": wrong_wheres,
    "orders": lambda find: orders.map(lambda first: [first, *find.orders]),
    "cursors": lambda find: cursors.map(lambda first: [first, *find.cursors] if find.orders else []),
    "offset": lambda find: st.just(-1),
    "limit": lambda find: st.just(-1),
    "select": lambda find: st.lists(refused_paths | st.sampled_from(PATHS), min_size=1, max_size=2),
}


@st.composite
def _wrong_finds(draw: st.DrawFn) -> Find:
    find = draw(any_finds())
    part = draw(st.sampled_from(sorted(WRONGS)))
    wrong: dict[str, Any] = {part: draw(WRONGS[part](find))}
    return replace(find, **wrong)


some_paths = st.lists(paths | refused_paths | st.just(NAME), max_size=1)
wrong_finds = _wrong_finds().filter(is_comparable)
wrong_aggregates = st.builds(Aggregate, any_finds() | wrong_finds, some_paths, some_paths).filter(is_comparable)
