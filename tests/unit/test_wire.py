"""Timestamps, and what the codec keeps of the domain's values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.recordings.codec import from_plain, to_plain
from shared.recordings.recording import Bucket, Failure, Family, Move, Recording, State, StoredObject
from shared.recordings.runs import Run, Shard, StepRecord, StepState
from shared.wire import Timestamp, WireModel


class Timed(WireModel):
    at: Timestamp


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-04T10:00:00Z", datetime(2026, 5, 4, 10, tzinfo=UTC)),
        ("2026-05-04T10:00:00.123456Z", datetime(2026, 5, 4, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-05-04T12:00:00+02:00", datetime(2026, 5, 4, 10, tzinfo=UTC)),
        ("2026-05-03t23:30:00-10:30", datetime(2026, 5, 4, 10, tzinfo=UTC)),
        ("2026-05-04T10:00Z", datetime(2026, 5, 4, 10, tzinfo=UTC)),
    ],
)
def test_a_timestamp_is_a_moment_in_utc(text: str, expected: datetime) -> None:
    moment = Timed.model_validate({"at": text}).at

    assert moment == expected
    assert moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value",
    [
        "2026-05-04T10:00:00",
        "2026-05-04",
        "2026-05-04 10:00:00Z",
        "10:00:00Z",
        "T",
        "",
        "yesterday",
        "1777888800",
        1777888800,
        1777888800.5,
        None,
        True,
        "2026-13-04T10:00:00Z",
        "2026-02-30T10:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_timestamp_without_an_offset_or_out_of_range_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        Timed.model_validate({"at": value})


moments = st.datetimes(timezones=st.just(UTC))
details = st.dictionaries(
    st.text(min_size=1, max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5) | moments,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
    max_size=4,
)
stored_objects = st.builds(
    StoredObject, bucket=st.sampled_from(Bucket), name=st.text(), generation=st.integers(0), size_bytes=st.integers(0)
)
failures = st.builds(Failure, code=st.text(), message=st.text())
moves = st.builds(Move, at=moments, cause=st.text(), state=st.sampled_from(State), actor=st.text())
recordings = st.builds(
    Recording,
    id=st.text(),
    family=st.sampled_from(Family),
    tenant_id=st.text(),
    user_id=st.text(),
    state=st.sampled_from(State),
    created_at=moments,
    updated_at=moments,
    upload=st.none() | stored_objects,
    upload_deadline=st.none() | moments,
    failure=st.none() | failures,
    history=st.lists(moves, max_size=3).map(tuple),
    details=details,
)
records = st.builds(
    StepRecord,
    state=st.sampled_from(StepState),
    lease_until=st.none() | moments,
    error=st.none() | failures,
    result=details,
)
runs = st.builds(
    Run,
    id=st.text(),
    recording_id=st.text(),
    pipeline=st.text(),
    created_at=moments,
    source=st.none() | stored_objects,
    steps=st.dictionaries(st.text(min_size=1), records, max_size=3),
)
shards = st.builds(Shard, run_id=st.text(), step=st.text(), number=st.integers(0), input=details, record=records)


@given(st.one_of(recordings, runs, shards))
def test_an_entity_survives_being_stored(entity: object) -> None:
    assert from_plain(to_plain(entity), type(entity)) == entity


@dataclass(frozen=True)
class Small:
    number: int


def test_a_document_of_a_later_version_can_be_read() -> None:
    assert from_plain({"number": 1, "added_later": "x"}, Small) == Small(1)


def test_a_document_that_lacks_what_is_needed_is_refused() -> None:
    with pytest.raises(ValueError, match="number"):
        from_plain({}, Small)
