"""How steps, runs and recordings end: well, in part, badly, or because nobody needs them any more."""

from __future__ import annotations

import pytest

from shared.recordings.deleting import delete_recording
from shared.recordings.outcomes import Skipped
from shared.recordings.recording import Family, State
from shared.recordings.runs import RunState, StepState, Verdict
from shared.recordings.work import is_committed
from shared.structs import replace
from tests.unit.examples import ANNA, World
from tests.unit.workers import BROKEN, OUTAGE, Workers, assert_lost


@pytest.fixture
def workers() -> Workers:
    """A capture with a video whose run has just begun."""
    workers = Workers(World())
    workers.start("capture_with_video")
    return workers


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

    last = workers.claim(workers.task_of("pin_upload"))

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
    assert workers.claim(waiting).verdict is Verdict.STALE
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
    assert workers.claim(waiting).verdict is Verdict.STALE
