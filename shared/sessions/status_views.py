"""From a session's run to what the wire shows of its progress."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.recordings.codec import to_plain
from shared.recordings.recording import Recording
from shared.recordings.runs import Run, RunState
from shared.sessions.domain import STATUS_OF_STATE
from shared.sessions.progress import LANES, lane_of, last_change, last_error, stage_of
from shared.sessions.service import details_of
from shared.sessions.status_api import LaneOut, ProcessingStatusOut, StatusOut


def status_out(recording: Recording, run: Run | None, *, now: datetime) -> StatusOut:
    """How far a session is."""
    return StatusOut(
        session_id=recording.id,
        session_status=STATUS_OF_STATE[recording.state],
        processing_status=None if run is None else _processing_status(run),
        processing_time=_taken_ms(recording, run, now),
        last_error=last_error(run) if run else None,
    )


def _processing_status(run: Run) -> ProcessingStatusOut:
    lanes = {name: LaneOut.model_validate(to_plain(lane_of(run, name))) for name in LANES}
    return ProcessingStatusOut.model_validate(
        {**lanes, "overall_stage": stage_of(run), "last_updated": last_change(run), "last_error": last_error(run)}
    )


def _taken_ms(recording: Recording, run: Run | None, now: datetime) -> int:
    if run is None:
        return details_of(recording).processing_ms
    ends_at = now if run.state is RunState.LIVE else run.ended_at or now
    return round((ends_at - recording.created_at) / timedelta(milliseconds=1))
