"""Asking for an analysis: at most one at a time, and none without a video."""

from __future__ import annotations

from datetime import datetime

from shared.feedback.domain import ANALYSIS, FeedbackDetails
from shared.feedback.failures import VideoNotUploaded
from shared.ports import Ids, Recordings, Tasks, Transaction
from shared.recordings import finding, lifecycle
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.lifecycle import Cause, Origin
from shared.recordings.recording import Caller, Family
from shared.recordings.runs import Run, RunState, cancel, start_run
from shared.structs import replace


def start_analysis(id: str, *, by: Caller, recordings: Recordings, tasks: Tasks, ids: Ids, now: datetime) -> Run:
    """Start the analysis of an uploaded video and return its run; while one is under way, that one.

    What was done to the video before is not done again; a run that was at it is replaced.

    Raises:
        NotFound: there is no such recording.
        VideoNotUploaded: its video has not arrived.
    """
    run_id = ids.uuid()

    def attempt(transaction: Transaction) -> Run:
        recording = transaction.recording(id)
        if recording is None or not finding.is_visible(recording, family=Family.FEEDBACK, to=by):
            raise finding.not_found(Family.FEEDBACK)
        earlier = transaction.run(recording.current_run) if recording.current_run else None
        if earlier is not None and earlier.state is RunState.LIVE and earlier.pipeline == ANALYSIS:
            return earlier
        if recording.upload is None:
            raise VideoNotUploaded
        run = start_run(run_id, id, ANALYSIS, source=recording.upload, now=now, earlier=earlier)
        details = replace(from_plain(recording.details, FeedbackDetails), job_id=run.id)
        moved = lifecycle.apply(recording, Cause.NEW_RUN, now=now, origin=Origin(actor=by.actor))
        transaction.save(replace(moved, current_run=run.id, details=to_plain(details)), run)
        if earlier is not None and earlier.state is RunState.LIVE:
            transaction.save(cancel(earlier, now=now))
        return run

    run = recordings.transact(attempt)
    for task in run.tasks():
        tasks.enqueue(task)
    return run
