"""The known differences between our server and Google's emulator are still there, and still the known ones."""

from typing import Any

import pytest
from google.api_core.exceptions import Aborted

from tests.local.firestore_server import Firestore
from tests.local.oracle_collections import unused_collections
from tests.local.oracle_differences import is_comparable
from tests.local.oracle_outcomes import outcome_of
from tests.local.oracle_queries import NAME, Aggregate, Compare, Find
from tests.local.oracle_server import ORACLE_JAR
from tests.local.oracle_steps import Commit, List, Read, Step
from tests.local.oracle_values import FINE_TIME, Pointer
from tests.local.oracle_writes import Create, Set, Side, Transform, Update

pytest_plugins = ["tests.local.firestore_fixtures", "tests.local.oracle_fixtures"]

__test__ = ORACLE_JAR is not None

INVALID = "refused: INVALID_ARGUMENT"

QUERIES = {
    "names downwards": (
        Find(orders=[(NAME, "DESCENDING")]),
        ("answered", "refused: FAILED_PRECONDITION"),
    ),
    "the same comparison twice": (
        Find(where=[Compare("tags", "array_contains", 1), Compare("tags", "array_contains", 1)]),
        (INVALID, "answered"),
    ),
    "a sum over a range of names": (
        Aggregate(Find(where=[Compare(NAME, ">=", Pointer("a"))]), sums=["n"]),
        ("answered", INVALID),
    ),
}

CHANGE_AND_CHANGE_BACK = Commit([Set("a", {"n": 1}), Set("a", {})])
STEPS: dict[str, tuple[list[Step], tuple[str, str]]] = {
    "a commit that contradicts itself": (  # the emulator looks at the writes before it looks at what is stored
        [Commit([Set("a", {}), Create("a", {})])],
        ("refused: ALREADY_EXISTS", INVALID),
    ),
    "one version demanded twice": (  # ours has changed the document with the first write
        [Commit([Set("a", {})]), Read(["a"], None), Commit([Update("a", {"n": n}, version=-1) for n in (1, 2)])],
        ("refused: FAILED_PRECONDITION", "answered"),
    ),
    "a document changed and changed back": (
        [Commit([Set("a", {})]), Read(["a"], None), CHANGE_AND_CHANGE_BACK, Commit([Update("a", {"n": 2}, version=0)])],
        ("refused: FAILED_PRECONDITION", "answered"),
    ),
    "an array added to an array": (  # "an array can't contain another array value as one of its elements"
        [Commit([Set("a", {"n": Transform("ArrayUnion", [[1]])})])],
        (INVALID, "answered"),
    ),
    "an id of four underscores": (  # "cannot match the regular expression __.*__"
        [Commit([Set("____", {})])],
        (INVALID, "answered"),
    ),
    "a page of negative size": (  # which the emulator refuses too, unless missing documents are to be shown
        [List(-1)],
        (INVALID, "answered"),
    ),
    "a numeric id": (
        [Commit([Set("__id7__", {})])],
        (INVALID, "answered"),
    ),
}


def summary(outcome: Any) -> str:
    """Return how a request was refused, or that it was answered."""
    return outcome if isinstance(outcome, str) and outcome.startswith("refused") else "answered"


@pytest.mark.parametrize(("asked", "expected"), QUERIES.values(), ids=QUERIES)
def test_a_query_that_is_not_compared_is_answered_differently(
    clients: tuple[Any, Any], asked: Find | Aggregate, expected: tuple[str, str]
) -> None:
    ours, google = (summary(outcome_of(asked.run, collection)) for collection in unused_collections(clients))

    assert (ours, google) == expected
    assert not is_comparable(asked)


def test_a_time_that_is_finer_than_what_is_kept_is_equal_to_it_on_ours_alone(clients: tuple[Any, Any]) -> None:
    equal = Find(where=[Compare("at", "==", FINE_TIME)])
    found = []
    for collection in unused_collections(clients):
        collection.document("a").set({"at": FINE_TIME})
        found.append(len(equal.run(collection)))

    assert found == [1, 0]
    assert not is_comparable(equal)


@pytest.mark.parametrize(("steps", "expected"), STEPS.values(), ids=STEPS)
def test_steps_that_are_not_compared_are_answered_differently(
    clients: tuple[Any, Any], steps: list[Step], expected: tuple[str, str]
) -> None:
    sides = map(Side, unused_collections(clients))

    ours, google = ([summary(outcome_of(step.run, side)) for step in steps][-1] for side in sides)

    assert (ours, google) == expected


def test_google_refuses_an_outsider_who_writes_what_a_transaction_has_read(google_firestore: Firestore) -> None:
    reference = google_firestore.client("locks").document("notes/a")
    transaction = reference._client.transaction()
    transaction._begin()
    reference.get(transaction=transaction)

    with pytest.raises(Aborted, match="lock timeout"):
        reference.set({"n": 1}, retry=None)

    transaction.set(reference, {"n": 2})
    transaction._commit()
    assert reference.get().to_dict() == {"n": 2}
