"""How far the processing of a session is, read off its run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from shared.recordings.runs import Run, RunState, StepRecord, StepState
from shared.structs import Struct

LaneStatus = Literal["pending", "running", "complete", "error"]

#: The steps of each lane. `inspect_pages` runs beside all others.
LANES: dict[str, tuple[str, ...]] = {
    "frame_extraction": ("pin_upload", "extract_frames", "select_frames"),
    "vision_lane": ("read_frames",),
    "playwright_lane": ("inspect_pages",),
    "synthesis": ("synthesize_session",),
}
#: The stage that a run is in while this is the first of these steps that has not ended.
_STAGES = (
    ("pin_upload", "uploading"),
    ("extract_frames", "extracting"),
    ("select_frames", "extracting"),
    ("read_frames", "analyzing"),
    ("inspect_pages", "analyzing"),
    ("synthesize_session", "synthesizing"),
)
_ENDED = frozenset({StepState.DONE, StepState.SKIPPED, StepState.FAILED})


class Lane(Struct, frozen=True, kw_only=True):
    """How far one part of the processing is."""

    status: LaneStatus
    started_at: datetime | None = None
    completed_at: datetime | None = None
    error: str | None = None
    detail: str | None = None


def lane_of(run: Run, name: str) -> Lane:
    """One lane; an attempt that stumbled shows its error while the next one is awaited."""
    records = [record for step in LANES[name] if (record := run.steps.get(step))]
    status = _status(records, run)
    starts = [record.started_at for record in records if record.started_at]
    last_end = max((record.completed_at for record in records if record.completed_at), default=None)
    ended_at = {"complete": last_end, "error": run.ended_at or last_end}  # a lane may be cut off by another one
    errors = [record.error.message for record in records if record.error]
    return Lane(
        status=status,
        started_at=min(starts, default=None),
        completed_at=ended_at.get(status),
        error=errors[-1] if errors else None,
        detail=records[-1].detail if records else None,  # `4 frames`: what the lane is for
    )


def stage_of(run: Run) -> str:
    """The run's stage in one word."""
    if run.state in (RunState.FAILED, RunState.CANCELLED):
        return "error"
    if run.state is not RunState.LIVE:
        return "complete"
    return next((stage for step, stage in _STAGES if not _has_ended(run, step)), "persisting")


def last_change(run: Run) -> datetime:
    """When a step last began or ended."""
    moments = [at for record in run.steps.values() for at in (record.started_at, record.completed_at) if at]
    return max(moments, default=run.created_at)


def last_error(run: Run) -> str | None:
    """What went wrong last, if anything did."""
    if run.failure:
        return run.failure.message
    return next((record.error.message for record in reversed(list(run.steps.values())) if record.error), None)


def _status(records: Sequence[StepRecord], run: Run) -> LaneStatus:
    if any(record.state is StepState.FAILED for record in records):
        return "error"
    if records and all(record.state in _ENDED for record in records):
        return "complete"
    if run.state is not RunState.LIVE:
        return "error" if any(record.started_at for record in records) else "pending"
    return "running" if any(record.started_at for record in records) else "pending"


def _has_ended(run: Run, step: str) -> bool:
    record = run.steps.get(step)
    return record is None or record.state in _ENDED
