"""What queries find, and in which order."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud.firestore_v1.base_query import FieldFilter, Or
from google.cloud.firestore_v1.field_path import FieldPath

from tests.local.firestore_server import Firestore

pytest_plugins = ["tests.local.firestore_fixtures"]

START = datetime(2024, 1, 1, tzinfo=UTC)


def where(query: Any, *filters: tuple[str, str, Any]) -> Any:
    """Add filters to a query or collection."""
    for path, op, value in filters:
        query = query.where(filter=FieldFilter(path, op, value))
    return query


def ids(query: Any) -> list[str]:
    """Return the ids of what a query finds, in order."""
    return [snapshot.id for snapshot in query.stream()]


def numbers(query: Any) -> list[int]:
    """Return the numbers of the recordings that a query finds, in order."""
    return [snapshot.get("number") for snapshot in query.stream()]


@pytest.fixture(scope="module")
def recordings(firestore_server: Firestore) -> Any:
    """A hundred recordings that tests only read, of three owners in turn, an hour apart."""
    client = firestore_server.client("hundred-recordings")
    collection = client.collection("recordings")
    batch = client.batch()
    for number in range(100):
        fields = {
            "number": number,
            "owner": f"u{number % 3}",
            "tags": [f"t{number % 5}", "all"],
            "at": START + timedelta(hours=number),
            "m": {"half": number // 2},
        }
        batch.set(collection.document(f"r{number:02}"), fields)
    batch.commit()
    return collection


def test_an_equality_with_an_order_is_a_page_of_a_list(recordings: Any) -> None:
    newest = where(recordings, ("owner", "==", "u1")).order_by("at", direction="DESCENDING")

    assert numbers(newest.limit(5)) == [97, 94, 91, 88, 85]


def test_pages_joined_are_the_whole_list(recordings: Any) -> None:
    newest = where(recordings, ("owner", "==", "u1")).order_by("at", direction="DESCENDING")
    joined: list[int] = []
    page = newest.limit(7).get()

    while page:
        joined += [snapshot.get("number") for snapshot in page]
        page = newest.start_after(page[-1]).limit(7).get()

    assert joined == numbers(newest) == list(range(97, 0, -3))


def test_a_range_is_ordered_by_its_field(recordings: Any) -> None:
    found = where(recordings, ("number", ">=", 10), ("number", "<", 20), ("owner", "==", "u1"))

    assert numbers(found) == [10, 13, 16, 19]


@pytest.mark.parametrize(
    ("path", "op", "value", "count"),
    [
        ("owner", "in", ["u0", "u1"], 67),
        ("owner", "not-in", ["u0"], 66),
        ("owner", "!=", "u0", 66),
        ("tags", "array_contains", "t1", 20),
        ("tags", "array_contains_any", ["t1", "t2"], 40),
        ("m.half", "==", 7, 2),
        ("m.half", "<", 5, 10),
        ("number", ">", "text", 0),
        ("nothing", "==", 1, 0),
    ],
)
def test_an_operator_finds_its_documents(recordings: Any, path: str, op: str, value: Any, count: int) -> None:
    assert len(ids(where(recordings, (path, op, value)))) == count


def test_a_disjunction_finds_each_document_once(recordings: Any) -> None:
    either = recordings.where(filter=Or([FieldFilter("number", "<=", 4), FieldFilter("owner", "==", "u0")]))

    assert numbers(either.limit(8)) == [0, 1, 2, 3, 4, 6, 9, 12]


def test_cursors_bound_a_list_on_both_sides(recordings: Any) -> None:
    by_number = recordings.order_by("number")

    assert numbers(by_number.start_at({"number": 50}).end_before({"number": 53})) == [50, 51, 52]
    assert numbers(by_number.start_after({"number": 50}).end_at({"number": 53})) == [51, 52, 53]


def test_limits_and_offsets_cut_a_list(recordings: Any) -> None:
    by_number = recordings.order_by("number")

    assert numbers(by_number.offset(95).limit(3)) == [95, 96, 97]
    assert [snapshot.get("number") for snapshot in by_number.limit_to_last(3).get()] == [97, 98, 99]


def test_a_projection_returns_the_selected_fields(recordings: Any) -> None:
    first = recordings.order_by("number").limit(1)

    assert [snapshot.to_dict() for snapshot in first.select(["owner", "m.half"]).stream()] == [
        {"owner": "u0", "m": {"half": 0}}
    ]
    assert [snapshot.to_dict() for snapshot in first.select([]).stream()] == [{}]


def test_a_query_by_document_id_takes_ranges_and_lists(recordings: Any) -> None:
    name = FieldPath.document_id()

    assert ids(where(recordings, (name, ">", recordings.document("r97")))) == ["r98", "r99"]
    assert ids(where(recordings, (name, "in", [recordings.document("r07"), recordings.document("x")]))) == ["r07"]


def test_names_come_last_in_the_order_of_several_ranges(db: Any) -> None:
    notes = db.collection("notes")
    for id, number in {"a": 4, "b": 3, "c": 2, "d": 1}.items():
        notes.document(id).set({"n": number})

    found = where(notes, (FieldPath.document_id(), ">", notes.document("a")), ("n", ">", 1))

    assert ids(found) == ["c", "b"]


def test_a_quoted_name_is_sorted_without_its_quotes(db: Any) -> None:
    notes = db.collection("notes")
    notes.document("a").set({"n": 2, "p.q": 1})
    notes.document("b").set({"n": 1, "p.q": 2})

    assert ids(where(notes, ("`p.q`", ">", 0), ("n", ">", 0))) == ["b", "a"]


def test_a_document_without_an_ordered_field_is_not_found(db: Any) -> None:
    notes = db.collection("notes")
    notes.document("a").set({"p": 2})
    notes.document("b").set({"q": 1})
    notes.document("c").set({"p": 1})

    assert ids(notes.order_by("p")) == ["c", "a"]
    assert ids(where(notes, ("p", ">", 0))) == ["c", "a"]
    assert ids(notes) == ["a", "b", "c"]


def test_values_of_all_types_have_one_order(db: Any) -> None:
    ordered: list[Any] = [
        None,
        False,
        True,
        math.nan,
        -1,
        0.5,
        2**53,
        2**53 + 1,
        START,
        "",
        "a",
        "é",
        b"",
        b"\x00",
        [],
        [1],
        {},
    ]
    for position, value in enumerate(ordered):
        db.collection("notes").document(f"{position:02}").set({"v": value})

    ascending = ids(db.collection("notes").order_by("v"))

    assert ascending == [f"{position:02}" for position in range(len(ordered))]
    assert ids(db.collection("notes").order_by("v", direction="DESCENDING")) == ascending[::-1]


@pytest.mark.parametrize(
    ("op", "value", "found"),
    [
        ("==", None, ["null"]),
        ("!=", None, ["list", "nan", "one"]),
        ("==", math.nan, ["nan"]),
        ("!=", math.nan, ["list", "one"]),
        ("!=", 1, ["list", "nan"]),
        ("not-in", [1], ["list", "nan"]),
        ("in", [None, math.nan, 1], ["one"]),
        ("array_contains_any", [None, 1], ["list"]),
        ("<=", 1, ["one"]),
    ],
)
def test_null_and_nan_are_compared_as_in_production(db: Any, op: str, value: Any, found: list[str]) -> None:
    for id, stored in {"null": None, "nan": math.nan, "one": 1, "list": [1, None]}.items():
        db.collection("notes").document(id).set({"v": stored})
    db.collection("notes").document("missing").set({})

    assert sorted(ids(where(db.collection("notes"), ("v", op, value)))) == found


def test_a_collection_group_spans_parents(db: Any) -> None:
    for number in range(4):
        db.document(f"rooms/r{number}/tracks/t{number}").set({"number": number})
    db.document("tracks/root").set({"number": 9})
    db.document("rooms/r0/notes/n").set({"number": 1})

    assert ids(db.collection_group("tracks")) == ["t0", "t1", "t2", "t3", "root"]
    assert ids(where(db.collection_group("tracks"), ("number", ">", 1))) == ["t2", "t3", "root"]


@pytest.mark.parametrize(
    "filters",
    [
        [("a", "in", list(range(31)))],
        [("a", "in", [])],
        [("a", "not-in", list(range(11)))],
        [("a", "in", list(range(6))), ("b", "in", list(range(6)))],
        [("a", "array_contains", 1), ("b", "array_contains", 1)],
        [("a", "!=", 1), ("b", "!=", 1)],
        [("a", "not-in", [1]), ("b", "in", [1])],
    ],
)
def test_a_combination_of_filters_that_firestore_refuses_is_refused(db: Any, filters: list[Any]) -> None:
    with pytest.raises(InvalidArgument):
        ids(where(db.collection("notes"), *filters))


def test_an_order_names_a_field_once(db: Any) -> None:
    with pytest.raises(InvalidArgument):
        ids(db.collection("notes").order_by("a").order_by("a", direction="DESCENDING"))
