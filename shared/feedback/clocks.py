"""Bring the times that a client wrote onto the video's clock.

Recorders write epoch milliseconds, epoch seconds, or milliseconds or seconds from the start, and often each lane
another of them. The unit is found lane by lane, from the size of the numbers:

    epoch_ms   from 1e11 on
    epoch_s    from 5e8 on
    ms         below, and beyond the length of the recording in seconds
    s          below, within it

Where a lane mixes them, the unit of most entries counts, and the others are left out. Epoch times count from the start
that the metadata tells, or else from the earliest entry of all. A video may have begun later than the recording: the
metadata says when, or it is as much later as it is shorter, for both stop together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from shared.evidence.timeline import Clock, Lane
from shared.feedback.client_log import Metadata
from shared.structs import Struct

Stamps = Mapping[Lane, Sequence[float]]

#: What lies so little outside of the video belongs to its first or last moment; the rest was before it or after it.
TOLERANCE_S = 5.0
_EPOCH_MS_FROM, _EPOCH_S_FROM = 1e11, 5e8
#: Where nobody says how long the recording is, it is shorter than that.
_LONGEST_S = 7200.0
#: A shorter difference of two durations is one of rounding. Whole seconds are rounded more coarsely.
_LEAST_SKEW_S, _LEAST_SKEW_OF_WHOLE_S = 0.25, 1.0


class Unit(StrEnum):
    EPOCH_MS = "epoch_ms"
    EPOCH_S = "epoch_s"
    MS = "ms"
    S = "s"

    @property
    def is_epoch(self) -> bool:
        return self in (Unit.EPOCH_MS, Unit.EPOCH_S)

    @property
    def in_words(self) -> str:
        return {
            Unit.EPOCH_MS: "milliseconds of the epoch",
            Unit.EPOCH_S: "seconds of the epoch",
            Unit.MS: "milliseconds from the start",
            Unit.S: "seconds from the start",
        }[self]

    def to_s(self, stamp: float) -> float:
        return stamp / 1000 if self in (Unit.EPOCH_MS, Unit.MS) else stamp


class LaneClock(Struct, frozen=True, kw_only=True):
    """How one lane counts: `start_s` is where its zero is, in its own seconds."""

    unit: Unit
    start_s: float
    skew_s: float
    reason: str

    def to_video_s(self, stamp: float) -> float | None:
        """Return the time on the video's clock, or None where it is not written in this clock's unit."""
        epoch = _epoch_unit(stamp)
        if epoch is not (self.unit if self.unit.is_epoch else None):
            return None
        return self.unit.to_s(stamp) - self.start_s + self.skew_s


class _Anchor(Struct, frozen=True):
    start_s: float | None
    reason: str


def find_clocks(stamps: Stamps, *, metadata: Metadata, video_duration_s: float) -> dict[Lane, LaneClock]:
    """Find the clock of each lane that has times. `video_duration_s` is 0 where there is no video."""
    recorded_s = recorded_duration_s(metadata, video_duration_s)
    length_s = max(video_duration_s, recorded_s)
    units = {lane: _unit_of(times, length_s) for lane, times in stamps.items() if times}
    epochs = [
        unit.to_s(stamp)
        for lane, unit in units.items()
        if unit.is_epoch
        for stamp in stamps[lane]
        if _epoch_unit(stamp) is unit
    ]
    anchor = _find_anchor(metadata, epochs, length_s)
    plain = {lane: _clock(unit, anchor, 0.0, "") for lane, unit in units.items()}
    skew_s, why = _find_skew(metadata, anchor, recorded_s, video_duration_s)
    shifted = {lane: _clock(unit, anchor, skew_s, why) for lane, unit in units.items()}
    is_better = _outside(stamps, shifted, length_s) <= _outside(stamps, plain, length_s)
    return shifted if skew_s and is_better else plain


def recorded_duration_s(metadata: Metadata, video_duration_s: float) -> float:
    """Return how long the client says it recorded, in seconds though it may have said it in milliseconds."""
    told = metadata.duration_s
    is_in_ms = video_duration_s > 0 and abs(told / 1000 - video_duration_s) < video_duration_s / 2
    return told / 1000 if is_in_ms else told


def describe_clocks(clocks: Mapping[Lane, LaneClock]) -> tuple[Clock, ...]:
    """Say how the lanes were aligned; lanes that count alike are told together."""
    lanes: dict[LaneClock, list[Lane]] = {}
    for lane, clock in clocks.items():
        lanes.setdefault(clock, []).append(lane)
    return tuple(
        Clock(lanes=tuple(alike), unit=str(clock.unit), skew_s=round(clock.skew_s, 3), reason=clock.reason)
        for clock, alike in lanes.items()
    )


def _epoch_unit(stamp: float) -> Unit | None:
    """The unit of a time of the epoch, or None where it counts from a start."""
    if stamp >= _EPOCH_MS_FROM:
        return Unit.EPOCH_MS
    return Unit.EPOCH_S if stamp >= _EPOCH_S_FROM else None


def _unit_of(times: Sequence[float], length_s: float) -> Unit:
    epoch, _ = Counter(map(_epoch_unit, times)).most_common(1)[0]
    if epoch is not None:
        return epoch
    latest = max(stamp for stamp in times if _epoch_unit(stamp) is None)
    return Unit.MS if latest > (length_s + TOLERANCE_S if length_s else _LONGEST_S) else Unit.S


def _find_anchor(metadata: Metadata, epochs: Sequence[float], length_s: float) -> _Anchor:
    """Choose what epoch times count from; a start that the metadata tells must fit most of them."""
    started_s = _epoch_s(metadata.started_at)
    if started_s is not None and _fits(started_s, epochs, length_s):
        return _Anchor(started_s, "counted from the start that the metadata tells")
    why = (
        "as the metadata tells none" if started_s is None else "as the start that the metadata tells does not fit them"
    )
    return _Anchor(min(epochs, default=started_s), f"counted from the earliest entry, {why}")


def _fits(started_s: float, epochs: Sequence[float], length_s: float) -> bool:
    within = sum(-TOLERANCE_S <= epoch - started_s <= length_s + TOLERANCE_S for epoch in epochs)
    return 2 * within >= len(epochs)


def _epoch_s(stamp: float | None) -> float | None:
    unit = None if stamp is None else _epoch_unit(stamp)
    return None if stamp is None or unit is None else unit.to_s(stamp)


def _find_skew(metadata: Metadata, anchor: _Anchor, recorded_s: float, video_duration_s: float) -> tuple[float, str]:
    """What is to be added for the video's late start (it is below 0), and why."""
    video_started_s = _epoch_s(metadata.video_started_at)
    if video_started_s is not None and anchor.start_s is not None:
        late_s = video_started_s - anchor.start_s
        return -late_s, f"the metadata tells that the video began {late_s:.2f} s after that"
    late_s = recorded_s - video_duration_s
    least_s = _LEAST_SKEW_OF_WHOLE_S if float(recorded_s).is_integer() else _LEAST_SKEW_S
    if video_duration_s <= 0 or late_s <= least_s:
        return 0.0, ""
    return -late_s, (
        f"the recording took {recorded_s:.2f} s and its video is {video_duration_s:.2f} s long: both stopped together, "
        f"so the video began {late_s:.2f} s later"
    )


def _clock(unit: Unit, anchor: _Anchor, skew_s: float, why: str) -> LaneClock:
    start_s = anchor.start_s if unit.is_epoch and anchor.start_s is not None else 0.0
    parts = [f"The times are {unit.in_words}", anchor.reason if unit.is_epoch else "", why]
    return LaneClock(unit=unit, start_s=start_s, skew_s=skew_s, reason=", ".join(filter(None, parts)) + ".")


def _outside(stamps: Stamps, clocks: Mapping[Lane, LaneClock], length_s: float) -> int:
    """How many entries would lie outside of the recording."""
    times: Iterable[float | None] = (
        clock.to_video_s(stamp) for lane, clock in clocks.items() for stamp in stamps[lane]
    )
    return sum(time is not None and not 0 <= time <= length_s for time in times)
