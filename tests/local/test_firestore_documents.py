"""Documents keep what they are given, and refuse what production refuses."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from google.cloud import firestore

from tests.local.firestore_server import Firestore

pytest_plugins = ["tests.local.firestore_fixtures"]


def test_a_document_keeps_values_of_every_type(db: Any) -> None:
    reference = db.collection("notes").document("a")
    fields = {
        "null": None,
        "boolean": True,
        "integer": 2**53 + 1,
        "double": 1.5,
        "timestamp": datetime(2024, 1, 1, 12, 30, 15, 123456, tzinfo=UTC),
        "string": "héllo",
        "bytes": b"\x00\x01",
        "reference": db.collection("notes").document("b"),
        "point": firestore.GeoPoint(1, 2),
        "array": [1, "x", {"deep": [True]}],
        "map": {"k": {"n": 1}, "empty": {}},
    }

    reference.set(fields)

    assert reference.get().to_dict() == fields


def test_a_document_is_created_once(db: Any) -> None:
    reference = db.collection("notes").document("a")
    reference.create({"n": 1})

    with pytest.raises(AlreadyExists):
        reference.create({"n": 2})

    assert reference.get().to_dict() == {"n": 1}


def test_a_missing_document_cannot_be_updated(db: Any) -> None:
    reference = db.collection("notes").document("a")

    with pytest.raises(NotFound):
        reference.update({"n": 1})

    assert not reference.get().exists


def test_an_update_changes_the_named_fields_only(db: Any) -> None:
    reference = db.collection("notes").document("a")
    reference.set({"m": {"a": 1, "b": 2}, "gone": 1, "kept": 1})

    reference.update({"m.a": 9, "gone": firestore.DELETE_FIELD})

    assert reference.get().to_dict() == {"m": {"a": 9, "b": 2}, "kept": 1}


def test_a_field_name_with_a_dot_is_quoted(db: Any) -> None:
    reference = db.collection("notes").document("a")
    reference.set({"a.b": 1, "tick`": 1})

    reference.update({"`a.b`": 2, r"`tick\``": 3})

    assert reference.get().to_dict() == {"a.b": 2, "tick`": 3}


def test_an_update_through_something_that_is_no_map_replaces_it(db: Any) -> None:
    reference = db.collection("notes").document("a")
    reference.set({"m": "text"})

    reference.update({"m.k": 1})

    assert reference.get().to_dict() == {"m": {"k": 1}}


def test_set_with_merge_keeps_the_other_fields(db: Any) -> None:
    reference = db.collection("notes").document("a")
    reference.set({"a": 1, "m": {"x": 1}})

    reference.set({"m": {"y": 2}}, merge=True)

    assert reference.get().to_dict() == {"a": 1, "m": {"x": 1, "y": 2}}


def test_set_without_merge_replaces_the_document(db: Any) -> None:
    reference = db.collection("notes").document("a")
    reference.set({"a": 1})

    reference.set({"b": 2})

    assert reference.get().to_dict() == {"b": 2}


def test_a_read_can_ask_for_some_fields(db: Any) -> None:
    reference = db.collection("notes").document("a")
    reference.set({"a": 1, "m": {"x": 1, "y": 2}})

    assert reference.get(field_paths=["m.y", "nothing"]).to_dict() == {"m": {"y": 2}}


def test_a_write_of_the_same_content_keeps_the_update_time(db: Any) -> None:
    reference = db.collection("notes").document("a")
    reference.set({"a": 1})
    before = reference.get()

    reference.set({"a": 1})
    same = reference.get()
    reference.set({"a": 2})
    after = reference.get()

    assert same.update_time == before.update_time < after.update_time
    assert after.create_time == before.create_time == before.update_time


def test_a_write_can_demand_the_version_that_was_read(db: Any) -> None:
    reference = db.collection("notes").document("a")
    reference.set({"n": 1})
    option = db.write_option(last_update_time=reference.get().update_time)

    reference.update({"n": 2}, option=option)

    with pytest.raises(FailedPrecondition):
        reference.update({"n": 3}, option=option)
    assert reference.get().to_dict() == {"n": 2}


def test_a_delete_can_demand_that_the_document_exists(db: Any) -> None:
    reference = db.collection("notes").document("a")

    with pytest.raises(NotFound):
        reference.delete(option=db.write_option(exists=True))

    reference.delete()


def test_several_documents_are_read_at_once(db: Any) -> None:
    notes = db.collection("notes")
    notes.document("a").set({"n": 1})

    found = {snapshot.id: snapshot.exists for snapshot in db.get_all([notes.document("a"), notes.document("b")])}

    assert found == {"a": True, "b": False}


def test_databases_are_separate(firestore_server: Firestore, firestore_project: str, db: Any) -> None:
    other = firestore_server.client(firestore_project, database="other")
    db.collection("notes").document("a").set({"n": 1})

    other.collection("notes").document("a").set({"n": 2})

    assert db.collection("notes").document("a").get().to_dict() == {"n": 1}
    assert [snapshot.to_dict() for snapshot in other.collection("notes").stream()] == [{"n": 2}]


@pytest.mark.parametrize("id", ["__x__", ".", "..", "x" * 1501])
def test_a_reserved_or_too_long_id_is_refused(db: Any, id: str) -> None:
    with pytest.raises(InvalidArgument):
        db.collection("notes").document(id).set({"n": 1})


def test_a_reserved_id_is_not_even_read(db: Any) -> None:
    with pytest.raises(InvalidArgument):
        db.collection("notes").document("__x__").get()


def nested(levels: int) -> dict[str, Any]:
    """Return a field of so many maps, one in the other."""
    return {"m": nested(levels - 1)} if levels else {"m": 1}


def test_a_field_holds_up_to_twenty_levels(db: Any) -> None:
    reference = db.collection("notes").document("a")

    reference.set(nested(20))

    with pytest.raises(InvalidArgument):
        reference.set(nested(21))
    assert reference.get().to_dict() == nested(20)


@pytest.mark.parametrize(
    "fields",
    [
        {"__x__": 1},
        {"a": [{"": 1}]},
        {"m": {"__x__": 1}},
        {"a": [[1]]},
        {"x" * 1501: 1},
        {"p": firestore.GeoPoint(91, 0)},
        {"p": firestore.GeoPoint(0, -181)},
        {"b": b"x" * 1_048_488},
    ],
    ids=["reserved", "empty", "reserved below", "array in array", "long name", "latitude", "longitude", "long value"],
)
def test_fields_that_firestore_does_not_store_are_refused(db: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        db.collection("notes").document("a").set(fields)


def test_a_document_holds_up_to_one_mebibyte(db: Any) -> None:
    reference = db.collection("notes").document("a")

    reference.set({"x": "y" * 1_048_000})

    with pytest.raises(InvalidArgument, match=r"maximum (allowed|entity) size"):
        reference.set({"x": "y" * 600_000, "z": "y" * 600_000})
    assert len(reference.get().get("x")) == 1_048_000
