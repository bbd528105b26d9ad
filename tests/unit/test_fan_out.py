"""Steps that are split into shards: one document and one task each, and one end for all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.recordings.outcomes import Done, FanOut, Outcome
from shared.recordings.recording import Recording, State
from shared.recordings.runs import Run, RunState, Shard, StepState
from shared.recordings.work import is_committed
from tests.unit.examples import World
from tests.unit.workers import Workers

STEP = "summarize_events"
INPUTS = [{"frame": 10}, {"frame": 20}]


@pytest.fixture
def workers() -> Workers:
    """A run whose first step, an optional one, is about to be split."""
    workers = Workers(World())
    workers.start("capture_events_only")
    return workers


def fan_out(workers: Workers) -> None:
    workers.finish(workers.take(STEP), FanOut(shards=INPUTS))


def shard(workers: Workers, number: int) -> Shard:
    found = workers.recordings.find_shard(workers.run.id, STEP, number)
    assert found is not None
    return found


def test_every_shard_gets_its_own_task_and_its_own_input(workers: Workers) -> None:
    fan_out(workers)

    works = [workers.take(STEP, number) for number in range(2)]

    assert [work.shard_input for work in works] == INPUTS
    assert len({work.output("text.json").render() for work in works}) == 2


def test_the_step_ends_when_the_last_shard_has(workers: Workers) -> None:
    fan_out(workers)

    workers.finish(workers.take(STEP, 1))
    state_with_one_open = workers.run.steps[STEP].state
    workers.finish(workers.take(STEP, 0))

    assert state_with_one_open is StepState.RUNNING
    assert workers.run.steps[STEP].state is StepState.DONE
    assert workers.task_of("finish_capture").epoch == 1


@pytest.mark.parametrize("outcome", [FanOut(shards=INPUTS), Done(details={"pages": 3})], ids=["shards", "details"])
def test_a_shard_tells_nothing_of_the_whole(workers: Workers, outcome: Outcome) -> None:
    fan_out(workers)
    work = workers.take(STEP, 0)

    with pytest.raises(TypeError, match="a shard ends with a result of its own"):
        workers.finish(work, outcome)

    assert shard(workers, 0).is_open


def test_a_step_without_shards_to_do_is_skipped(workers: Workers) -> None:
    workers.finish(workers.take(STEP), FanOut(shards=[]))

    assert workers.run.steps[STEP].state is StepState.SKIPPED
    assert workers.task_of("finish_capture").epoch == 1


def test_completing_the_shards_twice_is_harmless(workers: Workers) -> None:
    fan_out(workers)
    for number in range(2):
        workers.finish(workers.take(STEP, number))
    before = workers.run
    workers.clock.advance(timedelta(minutes=1))

    workers.complete(STEP)

    assert workers.run == before


def test_two_last_shards_that_end_at_once_complete_the_step_once(workers: Workers) -> None:
    fan_out(workers)
    first, second = workers.take(STEP, 0), workers.take(STEP, 1)
    workers.recordings.interrupt(lambda: workers.finish(second))

    workers.finish(first)

    assert workers.run.steps[STEP].state is StepState.DONE
    assert [task.step for task in workers.tasks.waiting.values()] == ["finish_capture"]


def test_a_delivery_of_the_split_step_itself_is_dropped(workers: Workers) -> None:
    work = workers.take(STEP)
    workers.finish(work, FanOut(shards=INPUTS))

    assert workers.deliver(work.task) is None
    assert workers.run.steps[STEP].fence == 1


def test_a_shard_that_fails_fails_its_step(workers: Workers) -> None:
    fan_out(workers)

    workers.fail(workers.take(STEP, 0))

    assert workers.run.steps[STEP].state is StepState.FAILED
    assert shard(workers, 0).record.state is StepState.FAILED
    assert not shard(workers, 0).is_open


def test_the_other_shards_of_a_step_that_has_failed_cannot_commit_any_more(workers: Workers) -> None:
    fan_out(workers)
    late = workers.take(STEP, 1)
    workers.fail(workers.take(STEP, 0))

    assert not workers.finish(late, Done(result={"late": True}))

    assert shard(workers, 1).record.result == {}


def test_the_other_shards_of_a_step_that_has_failed_are_not_queued_any_more(workers: Workers) -> None:
    fan_out(workers)
    workers.fail(workers.take(STEP, 0))

    workers.clock.advance(timedelta(minutes=11))
    workers.sweep()

    assert {task.step for task in workers.tasks.waiting.values() if task.epoch > 1} <= {"finish_capture"}
    assert not shard(workers, 1).is_open


def test_a_shard_whose_worker_died_is_queued_again(workers: Workers) -> None:
    fan_out(workers)
    dead = workers.take(STEP, 0)

    workers.clock.advance(timedelta(minutes=11))
    workers.sweep()
    again = workers.take(STEP, 0)

    assert again.fence == dead.fence + 1
    assert not workers.finish(dead)
    assert workers.finish(again)


def test_a_shard_that_is_taken_over_while_the_sweep_looks_is_left_to_its_worker(workers: Workers) -> None:
    fan_out(workers)
    dead = workers.take(STEP, 0)
    workers.clock.advance(timedelta(minutes=11))
    workers.recordings.interrupt(lambda: None)  # the run's own transaction
    workers.recordings.interrupt(lambda: workers.deliver(dead.task))

    workers.sweep()

    record = shard(workers, 0).record
    assert (record.state, record.fence, record.epoch) == (StepState.RUNNING, 2, 1)


def test_shards_whose_tasks_were_never_queued_are_found(workers: Workers) -> None:
    workers.finish(workers.take(STEP), FanOut(shards=INPUTS), dies_before_enqueue=True)

    workers.clock.advance(timedelta(minutes=11))
    workers.sweep()

    assert {task.shard for task in workers.tasks.waiting.values() if task.epoch == 2} == {0, 1}


def test_a_step_whose_last_worker_died_before_it_looked_is_completed_by_the_sweep(workers: Workers) -> None:
    fan_out(workers)
    workers.finish(workers.take(STEP, 0))
    workers.finish(workers.take(STEP, 1), dies_before_enqueue=True)

    workers.clock.advance(timedelta(minutes=11))
    workers.sweep()

    assert workers.run.steps[STEP].state is StepState.DONE


def test_a_fan_out_whose_answer_was_lost_counts_once_and_the_run_goes_on(workers: Workers) -> None:
    work = workers.take(STEP)
    workers.recordings.lose_answer()

    workers.finish(work, FanOut(shards=INPUTS))
    workers.clock.advance(timedelta(minutes=11))
    workers.sweep()
    for number in range(2):
        workers.finish(workers.take(STEP, number))

    assert is_committed(work, recordings=workers.recordings)
    assert workers.run.steps[STEP].state is StepState.DONE


def test_a_shard_writes_its_own_document_only(workers: Workers) -> None:
    fan_out(workers)
    work = workers.take(STEP, 0)
    workers.recordings.written.clear()

    workers.finish(work)

    assert {kind for kind, _ in workers.recordings.written} == {Shard}, "a document that all shards write is contended"


def test_a_fanned_out_run_ends_like_any_other(workers: Workers) -> None:
    fan_out(workers)
    for number in range(2):
        workers.finish(workers.take(STEP, number))

    workers.finish(workers.take("finish_capture"))

    assert workers.run.state is RunState.DONE
    assert [recording.state for recording in workers.recordings.all_of(Recording)] == [State.READY]
    assert [run.attention_at for run in workers.recordings.all_of(Run)] == [None]
