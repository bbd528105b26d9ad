"""Counts, sums and averages."""

from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.local.oracle_exemptions import NO_INDEXES, only_ours

pytest_plugins = ["tests.local.firestore_fixtures"]


def add_numbers(db: Any, *numbers: Any) -> Any:
    """Store one document per number, by two owners in turn; None leaves the field out."""
    recordings = db.collection("recordings")
    for position, number in enumerate(numbers):
        fields = {"owner": f"u{position % 2}"} | ({} if number is None else {"number": number})
        recordings.document(f"{position}").set(fields)
    return recordings


def values_of(aggregation: Any) -> dict[str, Any]:
    """Return the result of an aggregation by alias."""
    return {result.alias: result.value for result in aggregation.get()[0]}


def test_a_count_counts_what_the_query_finds(db: Any) -> None:
    recordings = add_numbers(db, 1, 2, 3, 4, 5)

    assert values_of(recordings.count(alias="all")) == {"all": 5}
    assert values_of(recordings.where(filter=FieldFilter("owner", "==", "u1")).count(alias="own")) == {"own": 2}
    assert values_of(recordings.limit(3).count(alias="limited")) == {"limited": 3}


def test_sums_and_averages_are_over_numbers_only(db: Any) -> None:
    recordings = add_numbers(db, 1, 2, "text", 4.5)

    aggregation = recordings.sum("number", alias="sum")
    aggregation.avg("number", alias="average")

    assert values_of(aggregation) == {"sum": 7.5, "average": 2.5}


def test_a_sum_of_integers_is_an_integer(db: Any) -> None:
    recordings = add_numbers(db, 1, 2**53)

    assert values_of(recordings.sum("number", alias="sum")) == {"sum": 2**53 + 1}


def test_a_document_without_the_summed_field_is_not_counted_beside_the_sum(db: Any) -> None:
    recordings = add_numbers(db, 1, None, 3)

    aggregation = recordings.sum("number", alias="sum")
    aggregation.count(alias="count")

    assert values_of(aggregation) == {"sum": 4, "count": 2}


def test_a_limited_sum_is_of_the_first_by_the_summed_fields(db: Any) -> None:
    recordings = db.collection("recordings")
    for id, fields in {"a": {"owner": 1, "number": 2}, "b": {"owner": 2, "number": 1}}.items():
        recordings.document(id).set(fields)

    aggregation = recordings.limit(1).sum("owner", alias="owner")
    aggregation.sum("number", alias="number")

    assert values_of(aggregation) == {"number": 1, "owner": 2}


@only_ours(NO_INDEXES)
def test_a_filtered_sum_needs_an_index_with_the_summed_field(db: Any) -> None:
    recordings = add_numbers(db, 1, 2, 3)

    own = recordings.where(filter=FieldFilter("owner", "==", "u0"))

    assert values_of(own.sum("number", alias="sum")) == {"sum": 4}
    with pytest.raises(FailedPrecondition, match=r"recordings\(owner ASC, size ASC, __name__ ASC\)"):
        values_of(own.sum("size", alias="sum"))
