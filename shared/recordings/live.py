"""What a transaction about a step reads and saves: the live run, its recording, and the record of the step or shard."""

from __future__ import annotations

from datetime import datetime

from shared.ports import Transaction
from shared.recordings import lifecycle, runs
from shared.recordings.lifecycle import Cause, Origin
from shared.recordings.recording import Recording
from shared.recordings.runs import Run, RunState, Shard, StepRecord, StepState, StepTask


def find_live(transaction: Transaction, task: StepTask) -> tuple[Run, Recording] | None:
    """The run of a task, with the steps it has now, and its recording; None when nobody waits for it any more."""
    run = transaction.run(task.run_id)
    if run is None or run.state is not RunState.LIVE:
        return None
    run = runs.fitted(run)
    if task.step not in run.steps:
        return None
    recording = transaction.recording(run.recording_id)
    if recording is None or recording.current_run != run.id:
        return None
    return run, recording


def record_of_task(transaction: Transaction, run: Run, task: StepTask) -> tuple[Shard | None, StepRecord | None]:
    """The shard that a task is of, and the record of its step or shard; no record where there is nothing to do."""
    if task.shard is None:
        return None, run.steps[task.step]
    shard = transaction.shard(run.id, task.step, task.shard)
    if shard is None or run.steps[task.step].state is not StepState.RUNNING:
        return shard, None
    return shard, shard.record


def save_record(
    transaction: Transaction, run: Run, task: StepTask, shard: Shard | None, record: StepRecord, now: datetime
) -> Run:
    """Save the record of a step or shard; returns the run after it."""
    if shard is not None:
        transaction.save(shard.with_record(record))
        return run
    run = runs.with_step(run, task.step, record, now=now)
    transaction.save(run)
    return run


def follow_run(transaction: Transaction, run: Run, recording: Recording, origin: Origin, now: datetime) -> None:
    """Move the recording along when its run has ended."""
    if run.state in (RunState.DONE, RunState.PARTIAL):
        transaction.save(lifecycle.apply(recording, run.plan.done, now=now, origin=origin))
    elif run.state is RunState.FAILED and run.plan.failure_is_final:
        moved = lifecycle.apply(recording, Cause.GAVE_UP, now=now, origin=origin, failure=run.failure)
        transaction.save(moved)


def origin_of(step: str, record: StepRecord) -> Origin:
    """What the history says of a move that a step caused."""
    return Origin(actor=f"step:{step}", step=step, attempt=record.attempts)
