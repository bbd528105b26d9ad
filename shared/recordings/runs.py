"""The protocol of runs and steps: at least once in, exactly once out. Pure: no clock, no store.

    waiting ─▶ queued ─claim─▶ running ─commit─▶ done | skipped | failed
                 ▲                │
                 └──released──────┘   a transient failure, or a lease that ran out (then with the next epoch)

A *fence* counts claims and an *epoch* counts enqueuings. A worker holds a lease on its fence: whoever comes with an
older fence is refused, so of any number of deliveries one effect is committed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.recordings.pipelines import PIPELINES, Pipeline, Stage
from shared.recordings.recording import Failure, StoredObject
from shared.structs import Struct, field, replace

#: How long a queued step may wait before somebody asks the queue whether it still has the task.
QUEUE_PATIENCE = timedelta(minutes=10)


class StepState(StrEnum):
    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


class RunState(StrEnum):
    LIVE = "live"
    DONE = "done"
    PARTIAL = "partial"  #: done, but an optional step failed
    FAILED = "failed"
    CANCELLED = "cancelled"  #: the recording was deleted, or another run has taken its place


ENDED = frozenset({StepState.DONE, StepState.SKIPPED, StepState.FAILED})


class Verdict(StrEnum):
    """What a delivery of a task may do."""

    RUN = "run"
    BUSY = "busy"  #: its own earlier delivery is still at work: keep the task, try again later
    STALE = "stale"  #: done, superseded or no longer wanted: drop the task
    EXHAUSTED = "exhausted"  #: too many attempts: the step has failed


class StepRecord(Struct, frozen=True, kw_only=True):
    """Where one step (or one shard of a step) stands."""

    state: StepState = StepState.WAITING
    epoch: int = 1
    task: str | None = None  #: name of the task that holds the lease
    fence: int = 0
    attempts: int = 0
    lease_until: datetime | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    shards: int = 0  #: into how many shards the step was fanned out; 0: not at all
    detail: str | None = None
    error: Failure | None = None
    result: Mapping[str, Any] = field(default_factory=dict)

    def is_leased(self, now: datetime) -> bool:
        return (
            self.state is StepState.RUNNING
            and not self.shards
            and (self.lease_until is not None and self.lease_until > now)
        )

    def attention_at(self) -> datetime | None:
        """When somebody should look whether this step is stuck."""
        if self.state is StepState.QUEUED and self.queued_at:
            return self.queued_at + QUEUE_PATIENCE
        return self.lease_until if self.state is StepState.RUNNING else None


class StepTask(Struct, frozen=True, kw_only=True):
    """A task on a queue: ids only. Its name makes a second enqueuing of the same epoch harmless."""

    run_id: str
    step: str
    epoch: int
    shard: int | None = None

    @property
    def name(self) -> str:
        parts = f"{self.run_id}/{self.step}/{self.shard}/{self.epoch}"
        return hashlib.sha256(parts.encode()).hexdigest()[:40]


class Run(Struct, frozen=True, kw_only=True):
    """One execution of a pipeline for one recording."""

    id: str
    recording_id: str
    pipeline: str
    created_at: datetime
    state: RunState = RunState.LIVE
    source: StoredObject | None = None  #: the upload's generation, pinned
    steps: Mapping[str, StepRecord] = field(default_factory=dict)
    ended_at: datetime | None = None
    attention_at: datetime | None = None
    failure: Failure | None = None

    @property
    def plan(self) -> Pipeline:
        """The pipeline as it is deployed now; without stages when there is none of this name any more."""
        return PIPELINES.get(self.pipeline, Pipeline(self.pipeline, ()))

    def tasks(self) -> tuple[StepTask, ...]:
        """The tasks that the queues should have now."""
        return tuple(
            StepTask(run_id=self.id, step=name, epoch=record.epoch)
            for name, record in self.steps.items()
            if record.state is StepState.QUEUED and self.state is RunState.LIVE
        )


class Shard(Struct, frozen=True, kw_only=True):
    """One part of a step that was fanned out; a document of its own, so that shards do not contend."""

    run_id: str
    step: str
    number: int
    input: Mapping[str, Any]
    record: StepRecord
    is_open: bool = True
    attention_at: datetime | None = None

    @property
    def id(self) -> str:
        return f"{self.run_id}.{self.step}.{self.number}"

    @property
    def task(self) -> StepTask:
        return StepTask(run_id=self.run_id, step=self.step, epoch=self.record.epoch, shard=self.number)

    def with_record(self, record: StepRecord) -> Shard:
        return replace(self, record=record, is_open=record.state not in ENDED, attention_at=record.attention_at())


def start_run(
    run_id: str,
    recording_id: str,
    pipeline: str,
    *,
    source: StoredObject | None,
    now: datetime,
    earlier: Run | None = None,
) -> Run:
    """A run whose first steps are queued.

    Args:
        earlier: a run of the same recording and upload; what it has done of the same steps, from the first one on, is
            not done again.
    """
    steps = {stage.step.name: StepRecord() for stage in PIPELINES[pipeline].stages}
    if earlier is not None:
        steps |= _done_before(PIPELINES[pipeline], earlier)
    run = Run(id=run_id, recording_id=recording_id, pipeline=pipeline, created_at=now, source=source, steps=steps)
    return advance(run, now=now)


def _done_before(pipeline: Pipeline, earlier: Run) -> dict[str, StepRecord]:
    """What an earlier run has done of a pipeline, and still has: each step with all the steps before it."""
    kept: dict[str, StepRecord] = {}
    temporary = {step.name for step in earlier.plan.temporary}
    for stage in pipeline.stages:
        record = earlier.steps.get(stage.step.name)
        is_done = record is not None and record.state is StepState.DONE and stage.step.name not in temporary
        if record is not None and is_done and all(step.name in kept for step in stage.after):
            kept[stage.step.name] = record
    return kept


def claim(
    record: StepRecord, *, task: str, epoch: int, max_attempts: int, now: datetime, lease: timedelta
) -> tuple[Verdict, StepRecord]:
    """Decide what the delivery of `task` may do, and the record after it."""
    if record.state not in (StepState.QUEUED, StepState.RUNNING) or record.shards:
        return Verdict.STALE, record
    if record.is_leased(now):
        return (Verdict.BUSY if record.task == task else Verdict.STALE), record
    if epoch < record.epoch:
        return Verdict.STALE, record
    if record.attempts >= max_attempts:
        return Verdict.EXHAUSTED, record
    claimed = replace(
        record,
        state=StepState.RUNNING,
        task=task,
        fence=record.fence + 1,
        attempts=record.attempts + 1,
        lease_until=now + lease,
        started_at=record.started_at or now,
    )
    return Verdict.RUN, claimed


def exhausted(record: StepRecord) -> Failure:
    """The failure of a step whose attempts are used up; names the last thing that went wrong."""
    last = f" The last one: {record.error.message}" if record.error else ""
    return Failure(code="attempts_exhausted", message=f"{record.attempts} attempts did not succeed.{last}")


def end(
    record: StepRecord,
    state: StepState,
    *,
    now: datetime,
    detail: str | None = None,
    error: Failure | None = None,
    result: Mapping[str, Any] | None = None,
) -> StepRecord:
    """The record of a step that has ended."""
    return replace(
        record,
        state=state,
        lease_until=None,
        completed_at=now,
        detail=detail,
        error=error,
        result=result or {},
    )


def release(record: StepRecord, error: Failure, *, now: datetime) -> StepRecord:
    """Give the lease back after a transient failure: the same task may claim again at once."""
    return replace(record, state=StepState.QUEUED, lease_until=None, queued_at=now, error=error)


def requeue(record: StepRecord, *, now: datetime) -> StepRecord:
    """A new epoch, for a step whose task was lost or whose worker died."""
    return replace(record, state=StepState.QUEUED, epoch=record.epoch + 1, lease_until=None, queued_at=now)


def with_step(run: Run, step: str, record: StepRecord, *, now: datetime) -> Run:
    """The run after one of its steps changed: what that unblocks is queued, and the run ends when all have."""
    return advance(replace(run, steps={**run.steps, step: record}), now=now)


def cancel(run: Run, *, now: datetime) -> Run:
    """End a run that nobody needs any more."""
    return replace(run, state=RunState.CANCELLED, ended_at=now, attention_at=None)


def fitted(run: Run) -> Run:
    """The run with the steps that its pipeline has now: a deploy may have changed it under a live run."""
    return replace(
        run, steps={stage.step.name: run.steps.get(stage.step.name, StepRecord()) for stage in run.plan.stages}
    )


def advance(run: Run, *, now: datetime) -> Run:
    """The run with everything queued that is unblocked; ended when all of its steps have, or one is broken."""
    run = fitted(run)
    if not run.steps:
        return _failed(run, Failure(code="pipeline_gone", message=f"there is no pipeline {run.pipeline} any more"), now)
    broken = next((stage for stage in run.plan.stages if _has_broken(run, stage)), None)
    if broken is not None:
        return _failed(run, run.steps[broken.step.name].error, now)
    steps = {name: _queue(record, now) if _is_unblocked(run, name) else record for name, record in run.steps.items()}
    if all(record.state in ENDED for record in steps.values()):
        failed = any(record.state is StepState.FAILED for record in steps.values())
        state = RunState.PARTIAL if failed else RunState.DONE
        return replace(run, steps=steps, state=state, ended_at=now, attention_at=None)
    looks = [at for record in steps.values() if (at := record.attention_at())]
    return replace(run, steps=steps, attention_at=min(looks, default=None))


def _failed(run: Run, failure: Failure | None, now: datetime) -> Run:
    return replace(run, state=RunState.FAILED, ended_at=now, attention_at=None, failure=failure)


def _has_broken(run: Run, stage: Stage) -> bool:
    return not stage.optional and run.steps[stage.step.name].state is StepState.FAILED


def _is_unblocked(run: Run, name: str) -> bool:
    if run.steps[name].state is not StepState.WAITING:
        return False
    return all(run.steps[earlier.name].state in ENDED for earlier in run.plan.stage(name).after)


def _queue(record: StepRecord, now: datetime) -> StepRecord:
    return replace(record, state=StepState.QUEUED, queued_at=now)
