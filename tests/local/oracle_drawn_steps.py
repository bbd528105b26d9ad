"""Hypothesis draws what clients do: documents with children, every kind of write, transform and precondition."""

from typing import Any

from google.cloud.firestore_v1 import GeoPoint
from hypothesis import strategies as st

from tests.local.oracle_drawn_queries import finds
from tests.local.oracle_steps import Commit, List, Query, Read, Step, Transact, WriteEach
from tests.local.oracle_values import NUMBERS, scalars, values
from tests.local.oracle_writes import Create, Delete, Set, Transform, Update, Write

IDS = ["a", "b", "a/*/a", "c/*/a"]
REFUSED_IDS = ["__x__", "a/__x__/a"]


def nesting(levels: int) -> Any:
    """Return so many maps and arrays, one in the other."""
    return {"m": nesting(levels - 1)} if levels % 3 else [nesting(levels - 1)] if levels else 1


_POSSIBLE_IDS = IDS * 10 + REFUSED_IDS
ids = st.integers(0, len(_POSSIBLE_IDS) - 1).map(_POSSIBLE_IDS.__getitem__)  # which is printed in short
names = st.sampled_from(["n", "a", "tags", "m", "p.q"])
paths = st.sampled_from(["n", "a", "tags", "m", "m.x", "m.y", "`p.q`", "gone"])
transforms = st.one_of(
    st.builds(Transform, st.sampled_from(["Increment", "Maximum", "Minimum"]), st.sampled_from(NUMBERS)),
    st.builds(Transform, st.sampled_from(["ArrayUnion", "ArrayRemove"]), st.lists(scalars, min_size=1, max_size=3)),
    st.builds(Transform, st.just("SERVER_TIMESTAMP")),
)
nested = st.dictionaries(st.sampled_from(["x", "y"]), transforms | scalars, max_size=2)
doubtful = st.sampled_from([*map(nesting, (18, 19, 20, 21)), GeoPoint(91, 0), GeoPoint(0, -181), {"__x__": 1}, [[1]]])
written = values | transforms | nested | doubtful
changed = written | st.builds(Transform, st.just("DELETE_FIELD"))
# The client fails in its own ways when one path leads through another.
beside_maps = paths.filter(lambda path: path != "m")
beside_parts = paths.filter(lambda path: not path.startswith("m."))
changes = st.one_of(
    st.dictionaries(beside_maps, changed, min_size=1, max_size=3),
    st.dictionaries(beside_parts, changed, min_size=1, max_size=3),
)
versions = st.sampled_from([None, None, -1, 0])


def writes(versions: st.SearchStrategy[int | None]) -> st.SearchStrategy[Write]:
    """Draw one write, which may demand one of the versions."""
    return st.one_of(
        st.builds(Set, ids, st.dictionaries(names, written, max_size=3), st.just(False)),
        st.builds(Set, ids, st.dictionaries(names, changed, max_size=3), st.just(True)),
        st.builds(Update, ids, changes, versions),
        st.builds(Create, ids, st.dictionaries(names, written, max_size=3)),
        st.builds(Delete, ids, versions),
    )


def steps(written: st.SearchStrategy[list[Write]]) -> st.SearchStrategy[Step]:
    """Draw a step, which may write what is drawn from `written`."""
    transactions = st.builds(
        Transact,
        reads=st.lists(ids, max_size=2, unique=True),
        finds=st.lists(finds, max_size=1),
        writes=st.just([]) | written,
        rolls_back=st.booleans(),
    )
    return st.one_of(
        st.builds(Commit, written),
        transactions,
        st.builds(WriteEach, written),
        st.builds(Read, st.lists(ids, min_size=1, unique=True), st.none() | st.lists(paths, max_size=2)),
        st.builds(Query, finds),
        st.builds(List, st.integers(1, 2)),
    )


# What is written twice in one commit is compared without times, and so without demands for a version.
one_per_document = st.lists(writes(versions), min_size=1, max_size=3, unique_by=lambda write: write.id)
many_per_document = st.lists(writes(st.none()), min_size=2, max_size=4)
histories = st.lists(steps(one_per_document), min_size=1, max_size=8) | st.lists(
    steps(many_per_document), min_size=1, max_size=4
)
