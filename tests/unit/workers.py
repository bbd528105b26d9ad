"""Workers that do what the step edge does with a task (`shared/edge/step.py`), and die where a test wants them to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import Upstream
from shared.recordings import lifecycle
from shared.recordings.attending import Swept
from shared.recordings.lifecycle import Cause, Origin
from shared.recordings.outcomes import Done, LeaseLost, Outcome
from shared.recordings.recording import Failure, Family, Recording, State
from shared.recordings.runs import Run, StepTask, Verdict, start_run
from shared.recordings.sweeps import requeue_stalled
from shared.recordings.work import (
    Claim,
    Work,
    claim_step,
    commit_step,
    complete_shards,
    fail_step,
    is_committed,
    release_step,
    renew_lease,
)
from shared.structs import replace
from tests.unit import examples
from tests.unit.examples import World

LEASE = timedelta(seconds=60)
RUN_ID = "run1"
BROKEN = Failure(code="broken", message="The file is broken.")
OUTAGE = Failure(code="transient", message="Upstream: an outage")


class Workers:
    """The fleet of workers of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.recordings, self.tasks, self.clock = world.recordings, world.tasks, world.clock

    def start(self, pipeline: str, *, enqueues: bool = True) -> Run:
        """Begin a recording and its run; without `enqueues` the starter dies right after its commit."""
        run = start_run(RUN_ID, "r1", pipeline, source=None, now=self.clock.now())
        recording = lifecycle.begin(examples.recording(current_run=run.id), origin=Origin(actor="user:anna"))
        if run.plan.done is Cause.ARCHIVED:  # which only a room's recording takes, and only when it is ready
            recording = replace(recording, family=Family.ROOMS, state=State.READY)
        self.recordings.put(recording, run)
        if enqueues:
            self._enqueue(run.tasks())
        return run

    @property
    def run(self) -> Run:
        found = self.recordings.find_run(RUN_ID)
        assert found is not None
        return found

    @property
    def recording(self) -> Recording | None:
        return self.recordings.find("r1")

    def task_of(self, step: str, shard: int | None = None) -> StepTask:
        """The newest task that is on its queue for a step or a shard."""
        waiting = [task for task in self.tasks.waiting.values() if (task.step, task.shard) == (step, shard)]
        return max(waiting, key=lambda task: task.epoch)

    def claim(self, task: StepTask) -> Claim:
        """The verdict on a delivery, before anybody acts on it."""
        return claim_step(task, task_name=task.name, recordings=self.recordings, now=self.clock.now(), lease=LEASE)

    def deliver(self, task: StepTask) -> Work | None:
        """Hand a task to a worker: the work, where it may run. A claim whose answer is lost is a worker that dies."""
        try:
            claim = self.claim(task)
        except Upstream:
            return None
        self._enqueue(claim.tasks)
        if claim.verdict in (Verdict.STALE, Verdict.EXHAUSTED):
            self.tasks.acknowledge(task)
        return claim.work

    def take(self, step: str, shard: int | None = None) -> Work:
        """Deliver the waiting task of a step, which must be free."""
        work = self.deliver(self.task_of(step, shard))
        assert work is not None
        return work

    def renew(self, work: Work) -> bool:
        return renew_lease(work, recordings=self.recordings, now=self.clock.now(), lease=LEASE)

    def finish(self, work: Work, outcome: Outcome | None = None, *, dies_before_enqueue: bool = False) -> bool:
        """Commit; whether it counts. A lost answer is a failure to the worker, though the commit counts."""
        try:
            tasks = commit_step(work, outcome or Done(), recordings=self.recordings, now=self.clock.now())
        except LeaseLost:
            self._give_up(work)
            return False
        except Upstream:
            self.release(work)
            return True
        if not dies_before_enqueue:
            self._enqueue(tasks)
            if work.task.shard is not None:
                self._enqueue(self.complete(work.task.step))
            self.tasks.acknowledge(work.task)
        return True

    def complete(self, step: str) -> tuple[StepTask, ...]:
        return complete_shards(RUN_ID, step, recordings=self.recordings, now=self.clock.now())

    def fail(self, work: Work, failure: Failure = BROKEN) -> None:
        """End the step as one that cannot succeed."""
        try:
            tasks = fail_step(work, failure, recordings=self.recordings, now=self.clock.now())
        except LeaseLost:
            return self._give_up(work)
        except Upstream:
            return None  # an error to the queue, which keeps the task
        self._enqueue(tasks)
        return self.tasks.acknowledge(work.task)

    def release(self, work: Work, failure: Failure = OUTAGE) -> None:
        """End the attempt as one that may succeed next time; the queue keeps the task."""
        try:
            tasks = release_step(work, failure, recordings=self.recordings, now=self.clock.now())
        except LeaseLost:
            return self._give_up(work)
        except Upstream:
            return None
        return self._enqueue(tasks)

    def sweep(self) -> Swept:
        return requeue_stalled(recordings=self.recordings, tasks=self.tasks, now=self.clock.now())

    def use_up_attempts(self, step: str, *, but: int = 0) -> None:
        """Let attempts of a step fail until only `but` are left."""
        most = self.run.plan.stage(step).step.max_attempts
        for _ in range(most - but):
            self.release(self.take(step))

    def expire_lease(self, step: str) -> None:
        """Let the worker of a step fall silent for longer than its lease."""
        record = self.run.steps[step]
        assert record.lease_until is not None
        self.clock.advance(record.lease_until - self.clock.now() + timedelta(seconds=1))

    def _give_up(self, work: Work) -> None:
        if is_committed(work, recordings=self.recordings):
            self._enqueue(self.run.tasks())
        self.tasks.acknowledge(work.task)

    def _enqueue(self, tasks: tuple[StepTask, ...]) -> None:
        for task in tasks:
            self.tasks.enqueue(task)


def assert_lost(workers: Workers, work: Work) -> None:
    """Nothing that the attempt still does counts."""
    before, now = dict(workers.recordings.documents), workers.clock.now()
    with pytest.raises(LeaseLost):
        commit_step(work, Done(), recordings=workers.recordings, now=now)
    with pytest.raises(LeaseLost):
        fail_step(work, BROKEN, recordings=workers.recordings, now=now)
    with pytest.raises(LeaseLost):
        release_step(work, OUTAGE, recordings=workers.recordings, now=now)
    assert not workers.renew(work)
    assert workers.recordings.documents == before
