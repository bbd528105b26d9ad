"""What a delivery may do, and how a run follows its steps: the pure half of the protocol."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.recordings import runs
from shared.recordings.pipelines import PIPELINES
from shared.recordings.recording import Failure
from shared.recordings.runs import ENDED, RunState, StepRecord, StepState, StepTask, Verdict
from shared.structs import replace
from tests.unit.fakes import START

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
TROUBLE = Failure(code="transient", message="Upstream: an outage")

records = st.builds(
    StepRecord,
    state=st.sampled_from(StepState),
    epoch=st.integers(1, 3),
    task=st.sampled_from([None, "mine", "other"]),
    fence=st.integers(0, 9),
    attempts=st.integers(0, MOST_ATTEMPTS),
    lease_until=st.sampled_from([None, START - LEASE, START, START + LEASE]),
    shards=st.sampled_from([0, 0, 0, 2]),
)


def claim(record: StepRecord, *, task: str = "mine", epoch: int = 1) -> tuple[Verdict, StepRecord]:
    return runs.claim(record, task=task, epoch=epoch, max_attempts=MOST_ATTEMPTS, now=START, lease=LEASE)


def running(**changes: Any) -> StepRecord:
    """A step that the task `mine` is at work on."""
    _, record = claim(StepRecord(state=StepState.QUEUED, queued_at=START))
    return replace(record, **changes)


@given(records, st.sampled_from(["mine", "other"]), st.integers(1, 3))
def test_a_claim_takes_a_free_step_and_leaves_any_other_as_it_is(record: StepRecord, task: str, epoch: int) -> None:
    is_open = record.state in (StepState.QUEUED, StepState.RUNNING) and not record.shards
    is_leased = record.state is StepState.RUNNING and record.lease_until == START + LEASE
    is_free = is_open and not is_leased and epoch >= record.epoch

    verdict, claimed = claim(record, task=task, epoch=epoch)

    assert (verdict is Verdict.RUN) == (is_free and record.attempts < MOST_ATTEMPTS)
    assert (verdict is Verdict.EXHAUSTED) == (is_free and record.attempts == MOST_ATTEMPTS)
    assert (verdict is Verdict.BUSY) == (is_open and is_leased and record.task == task)
    if verdict is Verdict.RUN:
        assert claimed.state is StepState.RUNNING
        assert (claimed.fence, claimed.attempts) == (record.fence + 1, record.attempts + 1)
        assert (claimed.task, claimed.lease_until) == (task, START + LEASE)
    else:
        assert claimed == record


def test_a_lease_that_ends_now_is_over() -> None:
    verdict, claimed = claim(running(lease_until=START))

    assert verdict is Verdict.RUN
    assert claimed.fence == 2


def test_a_step_keeps_the_time_of_its_first_start() -> None:
    _, again = claim(running(lease_until=START, started_at=START - LEASE))

    assert again.started_at == START - LEASE


def test_a_released_step_can_be_claimed_at_once_and_remembers_the_trouble() -> None:
    released = runs.release(running(), TROUBLE, now=START)

    verdict, _ = claim(released)

    assert verdict is Verdict.RUN
    assert released.error == TROUBLE


def test_a_requeued_step_is_claimed_by_the_new_epoch_only() -> None:
    requeued = runs.requeue(running(), now=START)

    old, _ = claim(requeued, epoch=1)
    new, _ = claim(requeued, epoch=2)

    assert (old, new) == (Verdict.STALE, Verdict.RUN)


@given(records.filter(lambda record: record.state not in ENDED))
def test_an_ended_step_holds_no_lease_and_is_claimed_by_nobody(record: StepRecord) -> None:
    ended = runs.end(record, StepState.DONE, now=START, result={"frames": 3})

    verdict, _ = claim(ended, epoch=record.epoch)

    assert verdict is Verdict.STALE
    assert (ended.lease_until, ended.completed_at, ended.result) == (None, START, {"frames": 3})


def test_exhaustion_names_the_last_trouble() -> None:
    failure = runs.exhausted(running(attempts=5, error=TROUBLE))

    assert failure.code == "attempts_exhausted"
    assert "5 attempts" in failure.message
    assert "Upstream: an outage" in failure.message


def test_exhaustion_without_a_known_trouble_says_just_that() -> None:
    assert runs.exhausted(running(attempts=5)).message == "5 attempts did not succeed."


@given(
    st.sets(
        st.tuples(
            st.sampled_from(["run1", "run2"]),
            st.sampled_from(["pin_upload", "remux_video"]),
            st.integers(0, 20),
            st.none() | st.integers(0, 20),
        ),
        min_size=2,
    )
)
def test_different_tasks_have_different_names(parts: set[tuple[str, str, int, int | None]]) -> None:
    tasks = [StepTask(run_id=run, step=step, epoch=epoch, shard=shard) for run, step, epoch, shard in parts]

    assert len({task.name for task in tasks}) == len(parts)


def test_a_new_version_gives_tasks_on_their_way_no_other_names() -> None:
    task = StepTask(run_id="run1", step="remux_video", epoch=2)

    assert task.name == "50726537d6177a55d1c3268df3a5a1e22f75463f"


@pytest.mark.parametrize("pipeline", sorted(PIPELINES))
def test_a_run_begins_with_the_steps_that_wait_for_nothing(pipeline: str) -> None:
    run = runs.start_run("run1", "r1", pipeline, source=None, now=START)

    first = {stage.step.name for stage in run.plan.stages if not stage.after}

    assert {task.step for task in run.tasks()} == first
    assert {name for name, record in run.steps.items() if record.state is StepState.WAITING} == set(run.steps) - first
    assert run.attention_at == START + runs.QUEUE_PATIENCE


def test_a_run_is_looked_at_when_its_most_impatient_step_is_due() -> None:
    run = runs.start_run("run1", "r1", "capture_with_video", source=None, now=START)
    lease_until = START + timedelta(seconds=7)

    run = runs.with_step(run, "pin_upload", running(lease_until=lease_until), now=START)

    assert run.attention_at == lease_until


def test_a_cancelled_run_wants_no_tasks_and_no_attention() -> None:
    run = runs.start_run("run1", "r1", "capture_with_video", source=None, now=START)

    cancelled = runs.cancel(run, now=START)

    assert cancelled.state is RunState.CANCELLED
    assert cancelled.tasks() == ()
    assert cancelled.attention_at is None
