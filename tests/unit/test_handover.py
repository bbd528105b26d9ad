"""What the steps of a session hand to each other: the parts of a video, and values that survive being stored."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from shared.evidence.pages import ElementCounts, PageSnapshot
from shared.recordings.handover import CHUNK_MS, FoundState, FoundStates, chunks_of, pack, unpack
from shared.recordings.recording import Bucket, StoredObject
from shared.sessions.steps import Inspection, Reading, Readings
from tests.unit.pictures import FLOW

SIX_HOURS_MS = 6 * 60 * 60 * 1000

durations = st.integers(0, SIX_HOURS_MS)
objects = st.builds(
    StoredObject,
    bucket=st.sampled_from(Bucket),
    name=st.text(max_size=20),
    generation=st.integers(0, 2**62),
    size_bytes=st.integers(0, 2**40),
)
states = st.builds(
    FoundState,
    timestamp_ms=durations,
    settled_ms=st.none() | durations,
    changed_share=st.floats(0, 1),
    signature=st.binary(max_size=64),
    picture=objects,
    thumbnail=objects,
)


@given(durations)
@example(0)
@example(1)
@example(CHUNK_MS)
@example(CHUNK_MS + CHUNK_MS // 2)
@example(CHUNK_MS + CHUNK_MS // 2 + 1)
def test_the_parts_of_a_video_cover_all_of_it_without_a_gap_or_an_overlap(duration_ms: int) -> None:
    chunks = chunks_of(duration_ms)

    assert chunks[0]["from_ms"] == 0
    assert [chunk["to_ms"] for chunk in chunks] == [*(chunk["from_ms"] for chunk in chunks[1:]), None]
    assert all((chunk["from_ms"] or 0) <= duration_ms for chunk in chunks)


@given(durations)
@example(CHUNK_MS + CHUNK_MS // 2 + 1)
def test_no_part_is_much_longer_or_shorter_than_the_others(duration_ms: int) -> None:
    ends = [chunk["to_ms"] or duration_ms for chunk in chunks_of(duration_ms)]
    lengths = [end - (chunk["from_ms"] or 0) for chunk, end in zip(chunks_of(duration_ms), ends, strict=True)]

    assert max(lengths) <= CHUNK_MS * 1.5
    assert len(lengths) == 1 or min(lengths) > CHUNK_MS / 2


@given(st.lists(states, max_size=4), durations)
def test_found_states_are_read_as_they_were_written(found: list[FoundState], duration_ms: int) -> None:
    value = FoundStates(states=tuple(found), duration_ms=duration_ms)

    assert unpack(pack(value), FoundStates) == value


def test_readings_and_pages_are_read_as_they_were_written() -> None:
    readings = Readings(
        readings=(
            Reading(frame_id="frm_A1B2C3D4", elements=FLOW[0].elements),
            Reading(frame_id="frm_B1B2C3D4", error="the picture is empty", may_be_tried_again=True),
        )
    )
    pages = Inspection(
        pages=(
            PageSnapshot(url="https://a.test/", counts=ElementCounts(buttons=2), aria='- button "é ✓"'),
            PageSnapshot(url="https://b.test/", error="timed out"),
        ),
        duration_ms=15_000,
    )

    assert unpack(pack(readings), Readings) == readings
    assert unpack(pack(pages), Inspection) == pages


def test_the_same_value_is_the_same_bytes() -> None:
    assert pack(Inspection(duration_ms=1)) == pack(Inspection(duration_ms=1))
