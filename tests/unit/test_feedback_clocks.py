"""Clocks: whatever unit a lane is written in, its entries end up on the second of the video at which they happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.evidence.timeline import Clock, Lane, Timeline
from shared.feedback.clocks import TOLERANCE_S
from tests.unit.client_logs import STARTED_MS, context_of, lane_of, timeline_of

UNITS = ("epoch_ms", "epoch_s", "ms", "s")
DURATION_S = 60.0
STARTED = {"startedAt": "2026-11-22T10:00:00Z"}

#: Times that tell their own unit: some of them lie beyond the recording's length, were they milliseconds.
logs = st.lists(st.integers(0, 60_000), min_size=1, max_size=8).filter(lambda times: max(times) > 1000)


def written_in(unit: str, at_ms: float) -> float:
    """What a client with that unit writes for a time of the recording."""
    epoch_ms = STARTED_MS + at_ms
    return {"epoch_ms": epoch_ms, "epoch_s": epoch_ms / 1000, "ms": at_ms, "s": at_ms / 1000}[unit]


def logged(
    times_ms: Sequence[float],
    unit: str = "ms",
    *,
    metadata: Mapping[str, Any] = STARTED,
    duration_s: float = DURATION_S,
) -> Timeline:
    """The timeline of a console that logged at these times."""
    logs = [{"text": f"log {number}", "timestamp": written_in(unit, at)} for number, at in enumerate(times_ms)]
    return timeline_of(context_of(metadata=metadata, console_logs=logs), duration_s=duration_s)


def times_of(timeline: Timeline) -> list[float]:
    return [item.at_s for item in lane_of(timeline, Lane.CONSOLE)]


def only_clock(timeline: Timeline) -> Clock:
    (clock,) = timeline.clocks
    return clock


@given(logs, logs, logs, st.tuples(*[st.sampled_from(UNITS)] * 3))
@example([1001], [60_000], [0, 1001], ("s", "ms", "epoch_s"))
def test_the_same_log_in_any_unit_gives_the_same_timeline(
    actions: list[int], console: list[int], network: list[int], units: tuple[str, str, str]
) -> None:
    def timeline_in(action_unit: str, console_unit: str, network_unit: str) -> Timeline:
        context = context_of(
            metadata=STARTED,
            actions=[{"type": "click", "timestamp": written_in(action_unit, at)} for at in actions],
            console_logs=[{"text": "hello", "timestamp": written_in(console_unit, at)} for at in console],
            network_requests=[{"url": "/a", "startTime": written_in(network_unit, at)} for at in network],
        )
        return timeline_of(context, duration_s=DURATION_S)

    assert timeline_in(*units).items == timeline_in("s", "s", "s").items


@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_is_told_with_a_reason(unit: str) -> None:
    clock = only_clock(logged([2000, 5000], unit))

    assert (clock.lanes, clock.unit, clock.skew_s) == ((Lane.CONSOLE,), unit, 0)
    assert ("of the epoch, counted from the start that the metadata tells" in clock.reason) is unit.startswith("epoch")


def test_lanes_that_count_alike_are_told_together() -> None:
    context = context_of(
        actions=[{"type": "click", "timestamp": 3}],
        console_logs=[{"text": "hello", "timestamp": 4000}],
        network_requests=[{"url": "/a", "timestamp": 5000}],
    )

    assert [(clock.unit, clock.lanes) for clock in timeline_of(context).clocks] == [
        ("s", (Lane.ACTION,)),
        ("ms", (Lane.CONSOLE, Lane.NETWORK)),
    ]


@pytest.mark.parametrize("name", ["startedAt", "startTime", "createdAt", "recordingStartedAt"])
@pytest.mark.parametrize("start", ["2026-11-22T10:00:00.000Z", STARTED_MS, STARTED_MS // 1000], ids=["iso", "ms", "s"])
def test_epoch_times_count_from_the_start_by_whatever_name_and_unit(name: str, start: str | int) -> None:
    assert times_of(logged([2000, 5500], "epoch_ms", metadata={name: start})) == [2.0, 5.5]


def test_without_a_start_epoch_times_count_from_the_earliest_entry_of_all() -> None:
    context = context_of(
        actions=[{"type": "click", "timestamp": STARTED_MS + 1000}],
        console_logs=[{"text": "hello", "timestamp": (STARTED_MS + 3500) / 1000}],
    )

    timeline = timeline_of(context)

    assert [item.at_s for item in timeline.items] == [0.0, 2.5]
    assert all("earliest entry, as the metadata tells none" in clock.reason for clock in timeline.clocks)


def test_a_start_that_fits_no_entry_is_not_believed() -> None:
    day_late = {"createdAt": "2026-11-23T10:00:00Z"}

    timeline = logged([2000, 5000], "epoch_ms", metadata=day_late)

    assert times_of(timeline) == [0.0, 3.0]
    assert "does not fit them" in only_clock(timeline).reason


@pytest.mark.parametrize("unit", UNITS)
def test_a_video_that_started_late_by_the_metadata_shifts_all_times(unit: str) -> None:
    timeline = logged([3000, 9500], unit, metadata={**STARTED, "videoStartedAt": STARTED_MS + 1500})

    assert times_of(timeline) == [1.5, 8.0]
    assert only_clock(timeline).skew_s == -1.5
    assert "began 1.50 s" in only_clock(timeline).reason


@pytest.mark.parametrize("unit", UNITS)
def test_a_video_that_is_shorter_than_the_recording_began_later(unit: str) -> None:
    timeline = logged([3000, 62_000], unit, metadata={**STARTED, "duration": 62.4})

    assert times_of(timeline) == [0.6, 59.6]
    assert only_clock(timeline).skew_s == -2.4
    assert "both stopped together" in only_clock(timeline).reason


@pytest.mark.parametrize(
    "duration", [60.2, 61, 30.0, 60_000], ids=["by little", "rounded", "longer video", "milliseconds"]
)
def test_a_difference_that_says_nothing_shifts_nothing(duration: float) -> None:
    timeline = logged([3000, 9500], "s", metadata={"duration": duration})

    assert times_of(timeline) == [3.0, 9.5]
    assert only_clock(timeline).skew_s == 0


def test_a_shift_that_would_lose_entries_is_not_made() -> None:
    cut_upload = {"duration": 180.5}

    timeline = logged([1000, 2000, 59_000], "s", metadata=cut_upload)

    assert times_of(timeline) == [1.0, 2.0, 59.0]


def test_what_is_a_moment_outside_belongs_to_the_ends_and_is_counted() -> None:
    timeline = logged([-2000, 100, DURATION_S * 1000 + 4000], "epoch_ms")

    assert times_of(timeline) == [0.0, 0.1, DURATION_S]
    assert timeline.notes == (
        f"Moved to the first or last moment: 2 of lane console, at most {TOLERANCE_S:.0f} s outside.",
    )


def test_what_was_long_before_or_after_the_video_is_left_out_and_counted() -> None:
    timeline = logged([-20_000, 100, 200, 300, DURATION_S * 1000 + 9000], "epoch_ms")

    assert times_of(timeline) == [0.1, 0.2, 0.3]
    assert timeline.notes == ("Left out: 2 of lane console, which were before the video or after it.",)


def test_entries_without_a_time_or_in_another_unit_than_the_rest_are_left_out_and_counted() -> None:
    context = context_of(
        metadata=STARTED,
        console_logs=[
            {"text": "one", "timestamp": STARTED_MS + 1000},
            {"text": "two", "timestamp": STARTED_MS + 2000},
            {"text": "three", "timestamp": 3},
            {"text": "four"},
        ],
    )

    timeline = timeline_of(context)

    assert [item.text for item in timeline.items] == ["one", "two"]
    assert timeline.notes == ("Left out: 2 of lane console, which have no time that can be understood.",)


def test_without_a_video_the_recordings_own_length_counts() -> None:
    timeline = logged([3000, 9500], "s", metadata={"duration": 12.5}, duration_s=0)

    assert timeline.duration_s == 12.5
    assert times_of(timeline) == [3.0, 9.5]
