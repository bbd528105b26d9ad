"""Hypothesis draws what clients do: documents with children, every kind of write, transform and precondition."""

from hypothesis import strategies as st

from tests.local.oracle_drawn_queries import finds
from tests.local.oracle_steps import Commit, List, Query, Read, Step, Transact, WriteEach, writes_twice
from tests.local.oracle_to_mend import MENDED_NUMBERS
from tests.local.oracle_values import NUMBERS, scalars, values
from tests.local.oracle_writes import Create, Delete, Set, Transform, Update, Write

IDS = ["a", "b", "a/*/a", "c/*/a"]

ids = st.sampled_from(IDS)
names = st.sampled_from(["n", "a", "tags", "m", "p.q"])
paths = st.sampled_from(["n", "a", "tags", "m", "m.x", "m.y", "`p.q`", "gone"])
transforms = st.one_of(
    st.builds(Transform, st.just("Increment"), st.sampled_from(NUMBERS)),
    st.builds(Transform, st.sampled_from(["Maximum", "Minimum"]), st.sampled_from(MENDED_NUMBERS)),
    st.builds(Transform, st.sampled_from(["ArrayUnion", "ArrayRemove"]), st.lists(scalars, min_size=1, max_size=3)),
    st.builds(Transform, st.just("SERVER_TIMESTAMP")),
)
nested = st.dictionaries(st.sampled_from(["x", "y"]), transforms | scalars, max_size=2)
written = values | transforms | nested
changed = written | st.builds(Transform, st.just("DELETE_FIELD"))
changes = st.one_of(  # the client fails in its own ways when a path leads through another
    st.dictionaries(each, changed, min_size=1, max_size=3)
    for each in (paths.filter(lambda path: path != "m"), paths.filter(lambda path: not path.startswith("m.")))
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
        st.builds(WriteEach, written.filter(lambda writes: not writes_twice(writes))),
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
