"""Transforms, batches and bulk writes."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import NotFound
from google.cloud import firestore
from google.cloud.firestore_v1._helpers import decode_value

pytest_plugins = ["tests.local.firestore_fixtures"]


def test_the_server_sets_its_own_time(db: Any) -> None:
    reference = db.collection("notes").document("a")

    result = reference.set({"at": firestore.SERVER_TIMESTAMP})

    at = reference.get().get("at")
    assert at == decode_value(result.transform_results[0], db)
    assert at <= result.update_time
    assert at.microsecond % 1000 == 0
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("before", "transform", "after"),
    [
        (1, firestore.Increment(5), 6),
        (1, firestore.Increment(0.5), 1.5),
        ("text", firestore.Increment(2), 2),
        (2**63 - 1, firestore.Increment(1), 2**63 - 1),
        (3, firestore.Maximum(5), 5),
        (3, firestore.Maximum(1), 3),
        (3, firestore.Minimum(1), 1),
        (3, firestore.Maximum(3.0), 3),
        ([1, 2], firestore.ArrayUnion([2, 3, 3]), [1, 2, 3]),
        ("text", firestore.ArrayUnion([1]), [1]),
        ([1, 2, 1], firestore.ArrayRemove([1, 9]), [2]),
    ],
)
def test_a_transform_works_on_what_is_stored(db: Any, before: Any, transform: Any, after: Any) -> None:
    reference = db.collection("notes").document("a")
    reference.set({"m": {"value": before}})

    reference.update({"m.value": transform})

    assert reference.get().to_dict() == {"m": {"value": after}}


def test_a_transform_of_a_missing_field_starts_from_nothing(db: Any) -> None:
    reference = db.collection("notes").document("a")

    reference.set({"count": firestore.Increment(2), "tags": firestore.ArrayUnion(["x"])}, merge=True)

    assert reference.get().to_dict() == {"count": 2, "tags": ["x"]}


@pytest.mark.parametrize("transform", [firestore.Maximum(math.nan), firestore.Minimum(math.nan)])
def test_a_maximum_or_minimum_with_nan_is_nan(db: Any, transform: Any) -> None:
    reference = db.collection("notes").document("a")
    reference.set({"n": 1})

    reference.update({"n": transform})

    assert math.isnan(reference.get().get("n"))


def test_a_delete_has_no_update_time(db: Any) -> None:
    batch = db.batch()
    batch.delete(db.collection("notes").document("a"))

    assert [result.update_time for result in batch.commit()] == [None]


def test_a_batch_is_applied_whole(db: Any) -> None:
    batch = db.batch()
    for number in range(100):
        batch.set(db.collection("notes").document(f"{number}"), {"number": number})

    results = batch.commit()

    assert len(results) == 100
    assert len({result.update_time for result in results}) == 1
    assert len(list(db.collection("notes").stream())) == 100


def test_a_batch_with_a_refused_write_changes_nothing(db: Any) -> None:
    batch = db.batch()
    batch.set(db.collection("notes").document("a"), {"n": 1})
    batch.update(db.collection("notes").document("missing"), {"n": 1})

    with pytest.raises(NotFound):
        batch.commit()

    assert not db.collection("notes").document("a").get().exists


def test_a_write_of_a_batch_sees_those_before_it(db: Any) -> None:
    reference = db.collection("notes").document("a")
    batch = db.batch()
    batch.create(reference, {"n": 1})
    batch.update(reference, {"n": firestore.Increment(2)})
    batch.delete(db.collection("notes").document("b"))

    batch.commit()

    assert reference.get().to_dict() == {"n": 3}


def test_a_bulk_writer_reports_each_write_by_itself(db: Any) -> None:
    notes = db.collection("notes")
    notes.document("0").set({})
    failed: list[str] = []
    writer = db.bulk_writer()

    def remember(failure: Any, _: Any) -> bool:
        failed.append(failure.operation.reference.id)
        return False  # do not try again

    writer.on_write_error(remember)
    for number in range(30):
        writer.create(notes.document(f"{number}"), {"number": number})
    writer.close()

    assert failed == ["0"]
    assert len(list(notes.stream())) == 30
