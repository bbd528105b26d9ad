"""Attempts of steps over the store: deliveries that come twice, workers that die, answers that are lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.recordings.deleting import delete_recording
from shared.recordings.objects import OutputName
from shared.recordings.outcomes import Done, LeaseLost, Skipped
from shared.recordings.recording import Family, State
from shared.recordings.runs import RunState, StepState, StepTask, Verdict
from shared.recordings.work import Claim, Work, claim_step, commit_step, fail_step, is_committed, release_step
from tests.unit.examples import ANNA, World
from tests.unit.workers import BROKEN, LEASE, OUTAGE, RUN_ID, Workers


@pytest.fixture
def workers() -> Workers:
    """A capture with a video whose run has just begun."""
    workers = Workers(World())
    workers.start("capture_with_video")
    return workers


def claim(workers: Workers, task: StepTask) -> Claim:
    return claim_step(task, task_name=task.name, recordings=workers.recordings, now=workers.clock.now(), lease=LEASE)


def assert_lost(workers: Workers, work: Work) -> None:
    """Nothing that the attempt still does counts."""
    before = dict(workers.recordings.documents)
    now = workers.clock.now()
    with pytest.raises(LeaseLost):
        commit_step(work, Done(), recordings=workers.recordings, now=now)
    with pytest.raises(LeaseLost):
        fail_step(work, BROKEN, recordings=workers.recordings, now=now)
    with pytest.raises(LeaseLost):
        release_step(work, OUTAGE, recordings=workers.recordings, now=now)
    assert not workers.renew(work)
    assert workers.recordings.documents == before


def test_a_second_delivery_of_a_running_step_is_kept_for_later(workers: Workers) -> None:
    work = workers.take("pin_upload")

    again = claim(workers, work.task)

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
    assert claim(workers, work.task).verdict is Verdict.BUSY


def test_an_older_epoch_is_dropped_while_the_step_is_leased(workers: Workers) -> None:
    first = workers.task_of("pin_upload")
    workers.tasks.lose(first)
    workers.clock.advance(timedelta(minutes=11))
    workers.sweep()
    second = workers.take("pin_upload")

    late = claim(workers, first)

    assert second.task.epoch == 2
    assert late.verdict is Verdict.STALE


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


def test_a_run_whose_steps_are_all_done_makes_the_recording_ready(workers: Workers) -> None:
    for step in ("pin_upload", "summarize_events", "remux_video", "preview_video", "finish_capture"):
        workers.finish(workers.take(step))

    recording = workers.recording

    assert workers.run.state is RunState.DONE
    assert recording is not None
    assert recording.state is State.READY
    assert [(move.cause, move.actor) for move in recording.history[1:]] == [("run_done", "step:finish_capture")]


def test_a_skipped_step_unblocks_like_one_that_is_done(workers: Workers) -> None:
    workers.finish(workers.take("pin_upload"))
    workers.finish(workers.take("remux_video"))
    workers.finish(workers.take("summarize_events"))

    workers.finish(workers.take("preview_video"), Skipped(detail="the file has sound only"))
    workers.finish(workers.take("finish_capture"))

    assert workers.run.state is RunState.DONE
    assert workers.run.steps["preview_video"].detail == "the file has sound only"


def test_an_optional_step_that_fails_leaves_the_run_partial(workers: Workers) -> None:
    workers.fail(workers.take("summarize_events"))
    for step in ("pin_upload", "remux_video", "preview_video", "finish_capture"):
        workers.finish(workers.take(step))

    recording = workers.recording

    assert workers.run.state is RunState.PARTIAL
    assert recording is not None
    assert (recording.state, recording.failure) == (State.READY, None)


def test_a_mandatory_step_that_fails_fails_the_recording_and_says_why(workers: Workers) -> None:
    other = workers.take("summarize_events")

    workers.fail(workers.take("pin_upload"))

    recording = workers.recording
    assert (workers.run.state, workers.run.failure) == (RunState.FAILED, BROKEN)
    assert recording is not None
    assert (recording.state, recording.failure) == (State.FAILED, BROKEN)
    assert recording.history[-1].error_code == "broken"
    assert_lost(workers, other)


def test_the_last_attempt_that_stumbles_fails_the_step_with_its_last_trouble(workers: Workers) -> None:
    workers.use_up_attempts("pin_upload")

    record = workers.run.steps["pin_upload"]

    assert (record.state, record.attempts) == (StepState.FAILED, 5)
    assert record.error is not None
    assert record.error.code == "attempts_exhausted"
    assert OUTAGE.message in record.error.message


def test_a_task_that_kills_every_worker_fails_its_step(workers: Workers) -> None:
    for _ in range(5):
        assert workers.deliver(workers.task_of("pin_upload")) is not None
        workers.expire_lease("pin_upload")

    last = claim(workers, workers.task_of("pin_upload"))

    assert last.verdict is Verdict.EXHAUSTED
    assert workers.run.state is RunState.FAILED


def test_an_attempt_that_was_given_up_on_is_not_taken_for_committed(workers: Workers) -> None:
    workers.use_up_attempts("pin_upload", but=1)
    slow = workers.take("pin_upload")
    workers.expire_lease("pin_upload")
    workers.deliver(slow.task)

    assert workers.run.steps["pin_upload"].state is StepState.FAILED
    assert not is_committed(slow, recordings=workers.recordings)


def test_nothing_counts_once_the_recording_is_deleted(workers: Workers) -> None:
    work, waiting = workers.take("pin_upload"), workers.task_of("summarize_events")
    world = workers.world

    delete_recording(
        "r1", family=Family.CAPTURE, by=ANNA, recordings=world.recordings, media=world.media, now=world.clock.now()
    )

    assert_lost(workers, work)
    assert claim(workers, waiting).verdict is Verdict.STALE
    assert not is_committed(work, recordings=workers.recordings)


def test_a_delete_that_comes_between_the_reads_and_the_commit_of_a_step_wins(workers: Workers) -> None:
    work, world = workers.take("pin_upload"), workers.world
    workers.recordings.interrupt(
        lambda: delete_recording(
            "r1", family=Family.CAPTURE, by=ANNA, recordings=world.recordings, media=world.media, now=world.clock.now()
        )
    )

    assert not workers.finish(work)

    assert workers.recording is None
    assert workers.run.state is RunState.CANCELLED


def test_nothing_of_a_run_counts_that_is_not_the_recordings_current_one(workers: Workers) -> None:
    work, waiting = workers.take("pin_upload"), workers.task_of("summarize_events")
    workers.recordings.put(replace(workers.world.recording("r1"), current_run="run2"))

    assert_lost(workers, work)
    assert claim(workers, waiting).verdict is Verdict.STALE


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
    assert claim(workers, task).verdict is Verdict.STALE
