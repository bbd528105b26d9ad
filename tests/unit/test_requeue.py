"""The sweep of stalled steps: it repairs what was lost, from the store alone, and leaves alone what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.recordings.attending import Swept
from shared.recordings.recording import State
from shared.recordings.runs import RunState, StepRecord, StepState
from shared.structs import replace
from tests.unit.examples import World
from tests.unit.workers import Workers

PATIENCE = timedelta(minutes=10)


@pytest.fixture
def workers() -> Workers:
    """A run whose first steps have just been queued."""
    workers = Workers(World())
    workers.start("capture_with_video")
    return workers


def test_a_step_is_left_in_peace_while_it_is_not_due(workers: Workers) -> None:
    workers.tasks.lose(workers.task_of("pin_upload"))
    workers.clock.advance(PATIENCE - timedelta(seconds=1))

    swept = workers.sweep()

    assert swept == Swept(looked_at=0, changed=0)


def test_a_queued_step_that_its_queue_still_knows_is_left_in_the_queue(workers: Workers) -> None:
    workers.clock.advance(PATIENCE)

    swept = workers.sweep()

    assert swept == Swept(looked_at=1, changed=0)
    assert {task.epoch for task in workers.tasks.waiting.values()} == {1}
    assert workers.run.attention_at == workers.clock.now() + PATIENCE


def test_a_queued_step_whose_task_was_lost_gets_a_new_one(workers: Workers) -> None:
    workers.tasks.lose(workers.task_of("pin_upload"))
    workers.clock.advance(PATIENCE)

    swept = workers.sweep()

    assert swept.changed == 1
    assert workers.task_of("pin_upload").epoch == 2
    assert workers.task_of("summarize_events").epoch == 1


def test_a_run_whose_starter_died_before_it_queued_anything_begins(workers: Workers) -> None:
    for task in list(workers.tasks.waiting.values()):
        workers.tasks.lose(task)
    workers.clock.advance(PATIENCE)

    workers.sweep()

    assert {task.step for task in workers.tasks.waiting.values()} == {"pin_upload", "summarize_events"}


def test_a_running_step_is_left_to_its_worker_while_the_lease_holds(workers: Workers) -> None:
    work = workers.take("pin_upload")
    workers.clock.advance(PATIENCE)
    workers.renew(work)

    workers.sweep()

    assert workers.run.steps["pin_upload"].epoch == 1
    assert workers.finish(work)


def test_a_running_step_whose_worker_died_gets_a_new_task(workers: Workers) -> None:
    workers.take("pin_upload")
    workers.expire_lease("pin_upload")

    workers.sweep()

    record = workers.run.steps["pin_upload"]
    assert (record.state, record.epoch, record.attempts) == (StepState.QUEUED, 2, 1)


def test_a_step_that_ends_while_the_sweep_looks_is_not_begun_again(workers: Workers) -> None:
    work = workers.take("pin_upload")
    workers.expire_lease("pin_upload")
    workers.recordings.interrupt(lambda: workers.finish(work))

    workers.sweep()

    assert workers.run.steps["pin_upload"].state is StepState.DONE


def test_two_sweeps_at_once_give_one_new_task(workers: Workers) -> None:
    workers.take("pin_upload")
    workers.expire_lease("pin_upload")
    workers.recordings.interrupt(workers.sweep)

    workers.sweep()

    assert workers.run.steps["pin_upload"].epoch == 2


def test_a_sweep_that_dies_before_it_queues_is_made_good_by_a_later_one(workers: Workers) -> None:
    workers.take("pin_upload")
    workers.expire_lease("pin_upload")
    workers.tasks.is_down = True
    assert workers.sweep() == Swept(looked_at=1, failed=1)
    workers.tasks.is_down = False

    workers.clock.advance(PATIENCE)
    workers.sweep()

    assert workers.task_of("pin_upload").epoch == 3


def test_a_live_run_of_a_recording_that_is_gone_is_cancelled(workers: Workers) -> None:
    workers.recordings.transact(lambda transaction: transaction.remove(workers.world.recording("r1")))
    workers.clock.advance(PATIENCE)

    workers.sweep()

    assert workers.run.state is RunState.CANCELLED
    assert workers.recordings.stalled_runs(workers.clock.now() + timedelta(days=1), limit=9) == []


def test_a_live_run_that_is_not_its_recordings_any_more_is_cancelled(workers: Workers) -> None:
    recording = workers.world.recording("r1")
    workers.recordings.put(replace(recording, current_run="run2"))
    workers.clock.advance(PATIENCE)

    workers.sweep()

    assert workers.run.state is RunState.CANCELLED
    assert workers.world.recording("r1").state is State.PROCESSING


def test_a_step_that_a_deploy_removed_does_not_hold_up_its_run(workers: Workers) -> None:
    workers.recordings.put(
        replace(workers.run, pipeline="capture_events_only", steps=all_done(workers, but="remux_video"))
    )
    workers.clock.advance(PATIENCE)

    workers.sweep()

    assert workers.run.state is RunState.DONE
    assert workers.world.recording("r1").state is State.READY


def test_a_step_that_a_deploy_added_runs_in_the_runs_that_were_live(workers: Workers) -> None:
    steps = {name: record for name, record in workers.run.steps.items() if name != "summarize_events"}
    workers.recordings.put(replace(workers.run, steps=steps))
    workers.tasks.lose(workers.task_of("summarize_events"))
    workers.clock.advance(PATIENCE)

    workers.sweep()

    assert workers.take("summarize_events").attempt == 1


def test_a_run_whose_pipeline_a_deploy_removed_fails(workers: Workers) -> None:
    workers.recordings.put(replace(workers.run, pipeline="capture_by_hand"))
    workers.clock.advance(PATIENCE)

    workers.sweep()

    recording = workers.world.recording("r1")
    assert recording.state is State.FAILED
    assert recording.failure is not None
    assert recording.failure.code == "pipeline_gone"


def all_done(workers: Workers, *, but: str) -> dict[str, StepRecord]:
    """The steps of the run as they are when all have ended, but for one that is queued."""
    now = workers.clock.now()
    return {
        name: StepRecord(state=StepState.QUEUED, queued_at=now) if name == but else StepRecord(state=StepState.DONE)
        for name in workers.run.steps
    }


def test_a_run_that_always_kills_its_workers_fails_in_the_end(workers: Workers) -> None:
    for _ in range(6):
        for task in list(workers.tasks.waiting.values()):
            workers.deliver(task)
        workers.clock.advance(PATIENCE)
        workers.sweep()
    for task in list(workers.tasks.waiting.values()):
        workers.deliver(task)

    recording = workers.recording
    assert recording is not None
    assert recording.state is State.FAILED
    assert recording.failure is not None
    assert recording.failure.code == "attempts_exhausted"
