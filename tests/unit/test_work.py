"""Attempts of steps over the store: deliveries that come twice, workers that die, answers that are lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.recordings.objects import OutputName
from shared.recordings.outcomes import Done
from shared.recordings.recording import Family
from shared.recordings.runs import StepState, StepTask, Verdict
from shared.recordings.work import Work, is_committed
from tests.unit.examples import World
from tests.unit.workers import LEASE, RUN_ID, Workers, assert_lost


@pytest.fixture
def workers() -> Workers:
    """A capture with a video whose run has just begun."""
    workers = Workers(World())
    workers.start("capture_with_video")
    return workers


def test_a_second_delivery_of_a_running_step_is_kept_for_later(workers: Workers) -> None:
    work = workers.take("pin_upload")

    again = workers.claim(work.task)

    assert again.verdict is Verdict.BUSY
    assert again.work is None


def test_the_retry_of_a_dead_workers_task_takes_the_step_over(workers: Workers) -> None:
    dead = workers.take("pin_upload")
    workers.expire_lease("pin_upload")

    heir = workers.take("pin_upload")

    assert (heir.fence, heir.attempt) == (2, 2)
    assert_lost(workers, dead)
    assert workers.finish(heir)


def test_a_renewed_lease_outlives_the_first_one(workers: Workers) -> None:
    work = workers.take("pin_upload")
    workers.clock.advance(LEASE / 2)

    assert workers.renew(work)

    workers.clock.advance(LEASE * 0.75)
    assert workers.claim(work.task).verdict is Verdict.BUSY


def test_an_older_epoch_is_dropped_while_the_step_is_leased(workers: Workers) -> None:
    first = workers.task_of("pin_upload")
    workers.tasks.lose(first)
    workers.clock.advance(timedelta(minutes=11))
    workers.sweep()
    second = workers.take("pin_upload")

    late = workers.claim(first)

    assert second.task.epoch == 2
    assert late.verdict is Verdict.STALE


def test_an_older_epoch_is_dropped_though_the_step_is_free(workers: Workers) -> None:
    first = workers.take("pin_upload").task
    workers.expire_lease("pin_upload")
    workers.sweep()

    late = workers.claim(first)

    assert late.verdict is Verdict.STALE
    assert workers.take("pin_upload").task.epoch == 2


def test_a_worker_whose_step_was_requeued_has_lost_it_before_anybody_took_it(workers: Workers) -> None:
    silent = workers.take("pin_upload")
    workers.expire_lease("pin_upload")

    workers.sweep()

    assert workers.run.steps["pin_upload"].state is StepState.QUEUED
    assert_lost(workers, silent)


def test_a_commit_queues_what_it_unblocks(workers: Workers) -> None:
    workers.finish(workers.take("pin_upload"))

    assert {task.step for task in workers.tasks.waiting.values()} == {"summarize_events", "remux_video"}


def test_a_later_delivery_repeats_what_a_worker_that_died_after_its_commit_left_out(workers: Workers) -> None:
    work = workers.take("pin_upload")
    workers.finish(work, dies_before_enqueue=True)

    late = workers.deliver(work.task)

    assert late is None
    assert workers.task_of("remux_video").epoch == 1


def test_a_commit_whose_answer_was_lost_counts_once(workers: Workers) -> None:
    work = workers.take("pin_upload")
    workers.recordings.lose_answer()

    workers.finish(work, Done(result={"fence": work.fence}))

    record = workers.run.steps["pin_upload"]
    assert (record.state, record.attempts, record.result) == (StepState.DONE, 1, {"fence": 1})
    assert is_committed(work, recordings=workers.recordings)
    assert workers.task_of("remux_video").epoch == 1


def test_two_steps_that_end_at_once_both_count_and_queue_the_next_once(workers: Workers) -> None:
    workers.finish(workers.take("pin_upload"))
    workers.finish(workers.take("remux_video"))
    preview, summary = workers.take("preview_video"), workers.take("summarize_events")
    workers.recordings.interrupt(lambda: workers.finish(summary))

    workers.finish(preview)

    assert workers.run.steps["summarize_events"].state is StepState.DONE
    assert workers.run.steps["preview_video"].state is StepState.DONE
    assert [task.step for task in workers.tasks.waiting.values()] == ["finish_capture"]


def test_two_deliveries_at_once_start_one_attempt(workers: Workers) -> None:
    task = workers.task_of("pin_upload")
    started: list[Work | None] = []
    workers.recordings.interrupt(lambda: started.append(workers.deliver(task)))

    started.append(workers.deliver(task))

    assert sum(work is not None for work in started) == 1
    assert workers.run.steps["pin_upload"].fence == 1


def test_details_are_visible_with_the_commit_and_not_before(workers: Workers) -> None:
    work = workers.take("pin_upload")
    before = workers.world.recording("r1").details

    workers.finish(work, Done(details={"duration_ms": 1200}))

    assert "duration_ms" not in before
    assert workers.world.recording("r1").details["duration_ms"] == 1200


def test_a_worker_sees_what_earlier_steps_returned(workers: Workers) -> None:
    workers.finish(workers.take("pin_upload"), Done(result={"bytes": 17}))

    work = workers.take("remux_video")

    assert work.result_of("pin_upload") == {"bytes": 17}
    assert work.result_of("preview_video") == {}
    assert work.result_of("transcribe") == {}


def test_every_attempt_writes_under_names_of_its_own(workers: Workers) -> None:
    first = workers.take("pin_upload")
    workers.expire_lease("pin_upload")
    second = workers.take("pin_upload")

    assert first.output("upload") == OutputName(Family.CAPTURE, "r1", RUN_ID, "pin_upload", 1, "upload")
    assert second.output("upload") == OutputName(Family.CAPTURE, "r1", RUN_ID, "pin_upload", 2, "upload")


@pytest.mark.parametrize(
    "task",
    [
        StepTask(run_id="unknown", step="pin_upload", epoch=1),
        StepTask(run_id=RUN_ID, step="transcribe", epoch=1),
        StepTask(run_id=RUN_ID, step="finish_capture", epoch=1),
        StepTask(run_id=RUN_ID, step="pin_upload", epoch=1, shard=0),
    ],
    ids=["unknown run", "step of no stage", "step that waits", "shard of a whole step"],
)
def test_a_task_that_nobody_wants_is_dropped(workers: Workers, task: StepTask) -> None:
    assert workers.claim(task).verdict is Verdict.STALE
