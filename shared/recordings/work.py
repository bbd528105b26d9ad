"""One attempt of one step, from the delivery of its task to the tasks that it unblocks.

    claim ─▶ (lease, renewed) ─▶ effect ─▶ commit ─▶ enqueue

Each function is one transaction and may be called again: what is refused the second time is refused harmlessly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.ports import Recordings, Transaction
from shared.recordings import runs
from shared.recordings.live import find_live, follow_run, origin_of, record_of_task, save_record
from shared.recordings.objects import OutputName
from shared.recordings.outcomes import Done, FanOut, LeaseLost, Outcome, Skipped
from shared.recordings.recording import Failure, Recording
from shared.recordings.runs import Run, Shard, StepRecord, StepState, StepTask, Verdict
from shared.recordings.texts import Text
from shared.structs import Struct, replace


class Work(Struct, frozen=True):
    """A claimed attempt: what the worker may read, and the fence that its commit must still hold."""

    task: StepTask
    recording: Recording
    run: Run
    fence: int
    attempt: int
    shard_input: Mapping[str, Any] | None = None

    def result_of(self, step: str) -> Mapping[str, Any]:
        """What an earlier step returned; empty if it was skipped, failed or is not part of the pipeline."""
        record = self.run.steps.get(step)
        return record.result if record else {}

    def record_of(self, step: str) -> StepRecord | None:
        """Where another step of this run stands."""
        return self.run.steps.get(step)

    @property
    def is_last_attempt(self) -> bool:
        """Whether a failure of this attempt is the step's."""
        return self.attempt >= self.run.plan.stage(self.task.step).step.max_attempts

    def output(self, file: str) -> OutputName:
        """The name of an object that this attempt, and no other, writes."""
        return OutputName(
            family=self.recording.family,
            recording_id=self.recording.id,
            run_id=self.run.id,
            step=self.task.step,
            fence=self.fence,
            file=file,
            shard=self.task.shard,
        )


class Claim(Struct, frozen=True):
    """The verdict on a delivery. `work` only where it is `run`; `tasks` are to be enqueued in any case."""

    verdict: Verdict
    work: Work | None = None
    tasks: tuple[StepTask, ...] = ()


def claim_step(task: StepTask, *, task_name: str, recordings: Recordings, now: datetime, lease: timedelta) -> Claim:
    """Take the lease of a step, or say why not.

    A delivery of a step that is done already repeats what its commit unblocked: the worker that committed it may have
    died before it could enqueue.
    """

    def attempt(transaction: Transaction) -> Claim:
        found = find_live(transaction, task)
        if found is None:
            return Claim(Verdict.STALE)
        run, recording = found
        shard, record = record_of_task(transaction, run, task)
        if record is None:
            return Claim(Verdict.STALE)
        stage = run.plan.stage(task.step)
        verdict, claimed = runs.claim(
            record,
            task=task_name,
            epoch=task.epoch,
            max_attempts=stage.step.max_attempts,
            now=now,
            lease=lease,
        )
        if verdict is Verdict.EXHAUSTED:
            return Claim(verdict, tasks=_end_failed(transaction, task, runs.exhausted(record), now))
        if verdict is not Verdict.RUN:
            return Claim(verdict, tasks=run.tasks() if verdict is Verdict.STALE else ())
        run = save_record(transaction, run, task, shard, claimed, now)
        work = Work(task, recording, run, claimed.fence, claimed.attempts, shard.input if shard is not None else None)
        return Claim(verdict, work)

    return recordings.transact(attempt)


def renew_lease(
    work: Work, *, recordings: Recordings, now: datetime, lease: timedelta, detail: str | None = None
) -> bool:
    """Keep the lease for another while; False when it is no longer ours. `detail` tells readers how far the step is."""

    def attempt(transaction: Transaction) -> bool:
        try:
            run, _, shard, record = _find_held(transaction, work)
        except LeaseLost:
            return False
        save_record(transaction, run, work.task, shard, replace(record, lease_until=now + lease, detail=detail), now)
        return True

    return recordings.transact(attempt)


def commit_step(work: Work, outcome: Outcome, *, recordings: Recordings, now: datetime) -> tuple[StepTask, ...]:
    """Make the effect of an attempt count, once; returns the tasks that it unblocked.

    Raises:
        LeaseLost: somebody else has the step, the run is not the recording's any more, or the recording is deleted.
        TypeError: a shard may neither be fanned out again nor tell facts of the whole recording.
    """
    if work.task.shard is not None and _tells_of_the_whole(outcome):
        raise TypeError("a shard ends with a result of its own, and nothing else")

    def attempt(transaction: Transaction) -> tuple[StepTask, ...]:
        run, recording, shard, record = _find_held(transaction, work)
        if isinstance(outcome, FanOut) and outcome.shards:
            return _fan_out(transaction, run, work.task.step, record, outcome.shards, now)
        run = save_record(transaction, run, work.task, shard, _ended(record, outcome, now), now)
        if shard is not None:
            return ()  # its own document is all that a shard writes; `complete_shards` does the rest
        if isinstance(outcome, Done) and outcome.details:
            recording = replace(recording, details={**recording.details, **outcome.details}, updated_at=now)
            transaction.save(recording)
        if isinstance(outcome, Done):
            texts = outcome.texts.items()
            transaction.save(*(Text(recording_id=recording.id, name=name, content=text) for name, text in texts))
        follow_run(transaction, run, recording, origin_of(work.task.step, record), now)
        return run.tasks()

    return recordings.transact(attempt)


def complete_shards(run_id: str, step: str, *, recordings: Recordings, now: datetime) -> tuple[StepTask, ...]:
    """End a fanned-out step whose shards have all ended; doing so twice is harmless."""
    if recordings.open_shards(run_id, step):
        return ()

    def attempt(transaction: Transaction) -> tuple[StepTask, ...]:
        found = find_live(transaction, StepTask(run_id=run_id, step=step, epoch=0))
        if found is None:
            return ()
        run, recording = found
        record = run.steps[step]
        if record.state is not StepState.RUNNING or not record.shards:
            return ()
        ended = runs.end(record, StepState.DONE, now=now, result={"shards": record.shards})
        run = runs.with_step(run, step, ended, now=now)
        transaction.save(run)
        follow_run(transaction, run, recording, origin_of(step, record), now)
        return run.tasks()

    return recordings.transact(attempt)


def fail_step(work: Work, failure: Failure, *, recordings: Recordings, now: datetime) -> tuple[StepTask, ...]:
    """End a step that cannot succeed; returns the tasks that may go on without it.

    Raises:
        LeaseLost: as for `commit_step`.
    """

    def attempt(transaction: Transaction) -> tuple[StepTask, ...]:
        _find_held(transaction, work)
        return _end_failed(transaction, work.task, failure, now)

    return recordings.transact(attempt)


def release_step(work: Work, failure: Failure, *, recordings: Recordings, now: datetime) -> tuple[StepTask, ...]:
    """Give a step back after a transient failure; with its last attempt used up it fails instead.

    Raises:
        LeaseLost: as for `commit_step`.
    """

    def attempt(transaction: Transaction) -> tuple[StepTask, ...]:
        run, _, shard, record = _find_held(transaction, work)
        released = runs.release(record, failure, now=now)
        if record.attempts >= run.plan.stage(work.task.step).step.max_attempts:
            return _end_failed(transaction, work.task, runs.exhausted(released), now)
        save_record(transaction, run, work.task, shard, released, now)
        return ()

    return recordings.transact(attempt)


def is_committed(work: Work, *, recordings: Recordings) -> bool:
    """Whether it was this very attempt that ended its step."""

    def look(transaction: Transaction) -> StepRecord | None:
        if work.task.shard is not None:
            shard = transaction.shard(work.run.id, work.task.step, work.task.shard)
            return shard.record if shard else None
        run = transaction.run(work.run.id)
        return run.steps[work.task.step] if run else None

    record = recordings.transact(look)
    if record is None or record.fence != work.fence:
        return False
    return bool(record.shards) or record.state in (StepState.DONE, StepState.SKIPPED)


def _tells_of_the_whole(outcome: Outcome) -> bool:
    return isinstance(outcome, FanOut) or (isinstance(outcome, Done) and bool(outcome.details or outcome.texts))


def _find_held(transaction: Transaction, work: Work) -> tuple[Run, Recording, Shard | None, StepRecord]:
    found = find_live(transaction, work.task)
    if found is None:
        raise LeaseLost
    run, recording = found
    shard, record = record_of_task(transaction, run, work.task)
    if record is None or record.state is not StepState.RUNNING or record.fence != work.fence or record.shards:
        raise LeaseLost
    return run, recording, shard, record


def _ended(record: StepRecord, outcome: Outcome, now: datetime) -> StepRecord:
    if isinstance(outcome, Skipped):
        return runs.end(record, StepState.SKIPPED, now=now, detail=outcome.detail)
    if isinstance(outcome, FanOut):
        return runs.end(record, StepState.SKIPPED, now=now, detail="nothing to do")
    return runs.end(record, StepState.DONE, now=now, detail=outcome.detail, result=outcome.result)


def _fan_out(
    transaction: Transaction,
    run: Run,
    step: str,
    record: StepRecord,
    inputs: Sequence[Mapping[str, Any]],
    now: datetime,
) -> tuple[StepTask, ...]:
    queued = StepRecord(state=StepState.QUEUED, queued_at=now)
    shards = [
        Shard(run_id=run.id, step=step, number=number, input=item, record=queued).with_record(queued)
        for number, item in enumerate(inputs)
    ]
    parent = replace(record, shards=len(shards), lease_until=now + runs.QUEUE_PATIENCE)
    transaction.save(runs.with_step(run, step, parent, now=now), *shards)
    return tuple(shard.task for shard in shards)


def _end_failed(transaction: Transaction, task: StepTask, failure: Failure, now: datetime) -> tuple[StepTask, ...]:
    found = find_live(transaction, task)
    if found is None:
        return ()
    run, recording = found
    shard, _ = record_of_task(transaction, run, task)
    record = run.steps[task.step]
    if shard is not None:
        transaction.save(shard.with_record(runs.end(shard.record, StepState.FAILED, now=now, error=failure)))
    run = runs.with_step(run, task.step, runs.end(record, StepState.FAILED, now=now, error=failure), now=now)
    transaction.save(run)
    follow_run(transaction, run, recording, origin_of(task.step, record), now)
    return run.tasks()
