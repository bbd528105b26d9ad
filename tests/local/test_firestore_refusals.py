"""Requests that Firestore refuses, whatever the database holds."""

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import firestore
from google.cloud.firestore_v1.aggregation import AggregationQuery
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.local.oracle_exemptions import only_ours

pytest_plugins = ["tests.local.firestore_fixtures"]

NAME = "__name__"


def where(query: Any, *filters: tuple[str, str, Any]) -> Any:
    """Add filters to a query or collection."""
    for path, op, value in filters:
        query = query.where(filter=FieldFilter(path, op, value))
    return query


def ordered(query: Any, *paths: str) -> Any:
    """Add ascending orders to a query or collection."""
    for path in paths:
        query = query.order_by(path)
    return query


def summed(query: Any, *paths: str) -> Any:
    """Return the sums of some fields of what a query finds."""
    aggregation = AggregationQuery(query)
    for number, path in enumerate(paths):
        aggregation.sum(path, alias=f"sum{number}")
    return aggregation


REFUSED: dict[str, Callable[[Any], Any]] = {
    "an order behind the names": lambda notes: ordered(notes, NAME, "a"),
    "a range that would be ordered behind the names": lambda notes: ordered(where(notes, ("a", ">", 1)), NAME),
    "one name, and a range": lambda notes: where(notes, (NAME, "==", notes.document("x")), ("a", ">", 1)),
    "a name that is no reference": lambda notes: where(notes, (NAME, "==", "x")),
    "a name that is null": lambda notes: where(notes, (NAME, "==", None)),
    "a name that is an array": lambda notes: where(notes, (NAME, "array_contains", notes.document("x"))),
    "a cursor among names that is none": lambda notes: ordered(notes, NAME).start_at([1]),
    "a filter of a reserved field": lambda notes: where(notes, ("__x__", "==", 1)),
    "an order of a reserved field": lambda notes: ordered(notes, "__x__"),
    "a selection of a reserved field": lambda notes: notes.select(["__x__"]),
    "a field name that is not quoted": lambda notes: where(notes, ("a-b", "==", 1)),
    "a negative offset": lambda notes: notes.offset(-1),
    "a negative limit": lambda notes: notes.limit(-1),
    "ranges of eleven fields": lambda notes: where(notes, *((f"f{number}", ">", 1) for number in range(11))),
    "a query below a reserved id": lambda notes: notes.document("__x__").collection("below"),
    "a reserved collection": lambda notes: notes._client.collection("__x__"),
    "a sum of names": lambda notes: summed(notes.limit(1), NAME),
    "a sum of a selection": lambda notes: summed(notes.select(["a"]), "a"),
}


@pytest.mark.parametrize("build", REFUSED.values(), ids=REFUSED)
def test_a_query_that_firestore_does_not_answer_is_refused(db: Any, build: Callable[[Any], Any]) -> None:
    with pytest.raises(InvalidArgument):
        build(db.collection("notes")).get()


@only_ours("it fails in an unknown way")
def test_a_sixth_aggregation_is_refused(db: Any) -> None:
    with pytest.raises(InvalidArgument):
        summed(db.collection("notes").limit(1), *"abcdef").get()


WRONG_UPDATES: dict[str, tuple[str, dict[str, Any]]] = {
    "a place that is none": ("a", {"p": firestore.GeoPoint(91, 0)}),
    "a place that is none, added to an array": ("a", {"n": firestore.ArrayUnion([firestore.GeoPoint(91, 0)])}),
    "a reserved id": ("__x__", {"n": 1}),
}


@pytest.mark.parametrize(("id", "changes"), WRONG_UPDATES.values(), ids=WRONG_UPDATES)
def test_a_wrong_update_is_refused_as_such_where_there_is_no_document(
    db: Any, id: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidArgument):
        db.collection("notes").document(id).update(changes)


def test_a_document_is_written_once_among_writes_that_stand_for_themselves(db: Any) -> None:
    write = {"delete": db.document("notes/a")._document_path}

    with pytest.raises(InvalidArgument):
        db._firestore_api.batch_write(request={"database": db._database_string, "writes": [write, write]})


def test_a_read_of_a_field_name_that_is_not_quoted_is_refused(db: Any) -> None:
    with pytest.raises(InvalidArgument):
        db.document("notes/missing").get(field_paths=["a-b"])


LISTINGS: dict[str, Callable[[Any], Any]] = {
    "a reserved collection": lambda db: db.collection("__x__").list_documents(),
    "a collection below a reserved id": lambda db: db.collection("notes/__x__/below").list_documents(),
    "collections below a reserved id": lambda db: db.document("notes/__x__").collections(),
}


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS)
def test_a_listing_that_firestore_does_not_answer_is_refused(db: Any, listing: Callable[[Any], Any]) -> None:
    with pytest.raises(InvalidArgument):
        list(listing(db))


@only_ours("it answers when missing documents are to be shown")
def test_a_page_of_negative_size_is_refused(db: Any) -> None:
    with pytest.raises(InvalidArgument):
        list(db.collection("notes").list_documents(page_size=-1))
