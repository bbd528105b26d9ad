"""Where our server is wrong by the word of Google's documentation, and Google's emulator right.

A test that fails here is good news: move its case to the tests of both servers, and let the comparison draw it.
"""

from typing import Any

import pytest
from google.cloud import firestore
from google.cloud.firestore_v1 import GeoPoint

from tests.local.oracle_collections import unused_collections
from tests.local.oracle_outcomes import outcome_of
from tests.local.oracle_queries import NAME, Aggregate, Compare, Find
from tests.local.oracle_server import ORACLE_JAR
from tests.local.oracle_steps import Commit, Read, Step, WriteEach
from tests.local.oracle_values import Pointer
from tests.local.oracle_writes import Set, Side, Transform

pytest_plugins = ["tests.local.firestore_fixtures", "tests.local.oracle_fixtures"]

__test__ = ORACLE_JAR is not None

INVALID = "refused: INVALID_ARGUMENT"
POSITIVE = Compare("n", ">", 0)
ELEVEN = [Compare(f"f{number}", ">", 1) for number in range(11)]

QUERIES: dict[str, tuple[Find, Any, Any]] = {
    "names come last in the order": (Find([Compare(NAME, ">", Pointer("a")), POSITIVE]), ["a", "b"], ["b", "a"]),
    "a quoted name is sorted without its quotes": (Find([Compare("`p.q`", ">", 0), POSITIVE]), ["a", "b"], ["b", "a"]),
    "an order behind the names": (Find(orders=[(NAME, "ASCENDING"), ("n", "ASCENDING")]), ["a", "b"], INVALID),
    "a range ordered behind the names": (Find([POSITIVE], [(NAME, "ASCENDING")]), ["a", "b"], INVALID),
    "one name, and a range": (Find([Compare(NAME, "==", Pointer("a")), POSITIVE]), [], INVALID),
    "a name that is null": (Find([Compare(NAME, "==", None)]), [], INVALID),
    "a name that is an array": (Find([Compare(NAME, "array_contains", Pointer("a"))]), [], INVALID),
    "ranges of eleven fields": (Find(list(ELEVEN)), [], INVALID),
    "a filter of a reserved field": (Find([Compare("__x__", "==", 1)]), [], INVALID),
    "a selection of a reserved field": (Find(select=["__x__"]), ["a", "b"], INVALID),
    "a field name that is not quoted": (Find([Compare("a-b", "==", 1)]), [], INVALID),
    "a negative offset": (Find(offset=-1), "refused: UNKNOWN", INVALID),
    "a negative limit": (Find(limit=-1), "refused: UNKNOWN", INVALID),
}

AGGREGATIONS: dict[str, tuple[Aggregate, Any, Any]] = {
    "a limited sum is of the first by name": (
        Aggregate(Find(limit=1), sums=["`p.q`", "n"]),
        {"count": "1", "sum of `p.q`": "1", "sum of n": "2"},
        {"count": "1", "sum of `p.q`": "2", "sum of n": "1"},
    ),
    "a sum of a selection": (
        Aggregate(Find(select=["n"]), sums=["n"]),
        {"count": "2", "sum of n": "3"},
        INVALID,
    ),
}


def nested(levels: int) -> dict[str, Any]:
    """Return a field of so many maps, one in the other."""
    return {"m": nested(levels - 1)} if levels else {"m": 1}


STEPS: dict[str, tuple[Step, bool, bool]] = {  # whether it is answered by ours, by Google's
    "twenty-one levels": (Commit([Set("a", nested(21))]), True, False),
    "a latitude": (Commit([Set("a", {"p": GeoPoint(91, 0)})]), True, False),
    "a longitude": (Commit([Set("a", {"p": GeoPoint(0, -181)})]), True, False),
    "a long value": (Commit([Set("a", {"b": b"x" * 1_048_488})]), True, False),
    "a reserved id that is read": (Read(["__x__"], None), True, False),
    "two writes of one document, each by itself": (WriteEach([Set("a", {}), Set("a", {})]), True, False),
}


def fill(collection: Any) -> Any:
    """Store two documents."""
    collection.document("a").set({"n": 2, "p.q": 1})
    collection.document("b").set({"n": 1, "p.q": 2})
    return collection


def ids(found: Any) -> Any:
    """Return the ids of the documents found, or the refusal."""
    return found if isinstance(found, str) else [path.rpartition("/")[2] for path, *_ in found]


@pytest.mark.parametrize(("find", "ours", "google"), QUERIES.values(), ids=QUERIES)
def test_a_query_is_answered_wrongly(clients: tuple[Any, Any], find: Find, ours: Any, google: Any) -> None:
    found = [ids(outcome_of(find.run, fill(collection))) for collection in unused_collections(clients)]

    assert found == [ours, google]


@pytest.mark.parametrize(("aggregate", "ours", "google"), AGGREGATIONS.values(), ids=AGGREGATIONS)
def test_an_aggregation_is_answered_wrongly(
    clients: tuple[Any, Any], aggregate: Aggregate, ours: Any, google: Any
) -> None:
    computed = [outcome_of(aggregate.run, fill(collection)) for collection in unused_collections(clients)]

    assert computed == [ours, google]


@pytest.mark.parametrize(("step", "ours", "google"), STEPS.values(), ids=STEPS)
def test_a_step_is_answered_wrongly(clients: tuple[Any, Any], step: Step, ours: bool, google: bool) -> None:
    outcomes = [outcome_of(step.run, Side(collection)) for collection in unused_collections(clients)]

    assert [outcome != INVALID for outcome in outcomes] == [ours, google]


@pytest.mark.parametrize("kind", ["Maximum", "Minimum"])
def test_a_maximum_with_nan_is_wrong(clients: tuple[Any, Any], kind: str) -> None:
    write = Commit([Set("a", {"n": 1}), Set("a", {"n": Transform(kind, float("nan"))}, merge=True)])

    for collection, expected in zip(unused_collections(clients), ["1", "nan"], strict=True):
        write.run(Side(collection))
        assert repr(collection.document("a").get().get("n")) == expected


def test_a_delete_has_a_time(clients: tuple[Any, Any]) -> None:
    times = []
    for collection in unused_collections(clients):
        batch = collection._client.batch()
        batch.delete(collection.document("a"))
        times += [result.update_time for result in batch.commit()]

    ours, google = times
    assert ours is not None
    assert google is None


def test_the_server_sets_its_time_in_microseconds(clients: tuple[Any, Any]) -> None:
    for collection, is_fine in zip(unused_collections(clients), [True, False], strict=True):
        for number in range(3):
            collection.document(f"{number}").set({"at": firestore.SERVER_TIMESTAMP})
        times = [snapshot.get("at").microsecond for snapshot in collection.stream()]
        assert any(time % 1000 for time in times) == is_fine
