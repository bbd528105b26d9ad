"""A step that is fanned out: on the real database, with workers that this test plays itself."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from shared import ports
from shared.recordings import pipelines
from shared.recordings.calls import QueuedCall
from shared.recordings.outcomes import Done, FanOut, LeaseLost
from shared.recordings.pipelines import Pipeline, Stage, StepSpec
from shared.recordings.recording import Failure, Family, Recording, State
from shared.recordings.runs import Run, RunState, StepState, StepTask, Verdict, start_run
from shared.recordings.sweeps import requeue_stalled
from shared.recordings.work import claim_step, commit_step, complete_shards, fail_step
from shared.structs import replace
from shared.wiring import wired
from tests.integration.platform import RunningPlatform
from tests.integration.stored import now

LEASE = timedelta(seconds=60)
SPLIT = StepSpec(name="split", queue="light")
AFTER = StepSpec(name="after", queue="light")


@pytest.fixture
def run(platform: RunningPlatform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A live run of a pipeline with a step that will be fanned out; no queue knows of it."""
    assert platform.url
    pipeline = Pipeline("fan_out", (Stage(SPLIT), Stage(AFTER, after=(SPLIT,))))
    monkeypatch.setattr(pipelines, "PIPELINES", {**pipelines.PIPELINES, "fan_out": pipeline})
    monkeypatch.setattr("shared.recordings.runs.PIPELINES", pipelines.PIPELINES)
    recording = Recording(
        id=str(uuid4()),
        family=Family.SESSIONS,
        tenant_id="t",
        user_id="u",
        state=State.PROCESSING,
        created_at=now(),
        updated_at=now(),
    )
    started = start_run(str(uuid4()), recording.id, "fan_out", source=None, now=now())
    recording = replace(recording, current_run=started.id)
    wired(ports.Recordings).transact(lambda transaction: transaction.save(recording, started))
    yield started
    wired(ports.Recordings).transact(lambda transaction: transaction.remove(recording, started))


def fan_out(run: Run, count: int) -> tuple[StepTask, ...]:
    """Play the worker that splits the step; returns the shards' tasks."""
    recordings = wired(ports.Recordings)
    task = StepTask(run_id=run.id, step="split", epoch=1)
    claim = claim_step(task, task_name=task.name, recordings=recordings, now=now(), lease=LEASE)
    assert claim.work is not None
    inputs = [{"part": number} for number in range(count)]
    return commit_step(claim.work, FanOut(shards=inputs), recordings=recordings, now=now())


def do_shard(task: StepTask) -> tuple[StepTask, ...]:
    """Play the worker of one shard, twice over; returns what completing the step has unblocked."""
    recordings = wired(ports.Recordings)
    claim = claim_step(task, task_name=task.name, recordings=recordings, now=now(), lease=LEASE)
    if claim.work is None:
        return ()
    assert claim.work.shard_input == {"part": task.shard}
    commit_step(claim.work, Done(result={"part": task.shard}), recordings=recordings, now=now())
    with pytest.raises(LeaseLost):
        commit_step(claim.work, Done(), recordings=recordings, now=now())
    return complete_shards(task.run_id, task.step, recordings=recordings, now=now())


def find(run: Run) -> Run:
    found = wired(ports.Recordings).find_run(run.id)
    assert isinstance(found, Run)
    return found


def test_a_fanned_out_step_is_done_when_all_shards_are(run: Run) -> None:
    tasks = fan_out(run, 5)

    with ThreadPoolExecutor(5) as pool:
        unblocked = [one for result in pool.map(do_shard, [*tasks, *tasks]) for one in result]

    assert find(run).steps["split"].result == {"shards": 5}
    assert find(run).steps["split"].state is StepState.DONE
    assert {task.step for task in unblocked} == {"after"}


def test_the_task_that_split_the_step_does_not_split_it_again(run: Run) -> None:
    fan_out(run, 2)

    task = StepTask(run_id=run.id, step="split", epoch=1)
    claim = claim_step(
        task, task_name=task.name, recordings=wired(ports.Recordings), now=now() + 10 * LEASE, lease=LEASE
    )

    assert claim.verdict is Verdict.STALE


def test_one_shard_that_cannot_succeed_fails_the_run(run: Run) -> None:
    first, second = fan_out(run, 2)
    recordings = wired(ports.Recordings)
    claim = claim_step(first, task_name=first.name, recordings=recordings, now=now(), lease=LEASE)
    assert claim.work is not None

    fail_step(claim.work, Failure(code="broken", message="It is broken."), recordings=recordings, now=now())

    assert find(run).state is RunState.FAILED
    late = claim_step(second, task_name=second.name, recordings=recordings, now=now(), lease=LEASE)
    assert late.verdict is Verdict.STALE


def test_shards_whose_tasks_were_lost_and_a_completion_that_was_missed_are_repaired(run: Run) -> None:
    """The queue was never told of these tasks, and the last worker dies before it completes the step."""
    tasks = fan_out(run, 2)
    recordings = wired(ports.Recordings)
    for task in tasks:
        claim = claim_step(task, task_name=task.name, recordings=recordings, now=now(), lease=LEASE)
        assert claim.work is not None
        commit_step(claim.work, Done(), recordings=recordings, now=now())
    assert find(run).steps["split"].state is StepState.RUNNING

    class NoQueue:
        """A queue that has lost everything, and takes what it is given."""

        def enqueue(self, task: StepTask) -> None:
            given.append(task.step)

        def knows(self, task: StepTask) -> bool:
            return False

        def call(self, call: QueuedCall) -> None:
            raise AssertionError(call)

    given: list[str] = []
    requeue_stalled(recordings=recordings, tasks=NoQueue(), now=now() + timedelta(minutes=11))

    assert find(run).steps["split"].state is StepState.DONE
    assert "after" in given
