"""How far a session is: what is said of every state of its run, and that it is never too much."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.recordings import runs
from shared.recordings.recording import Failure
from shared.recordings.runs import Run, RunState, StepRecord, StepState, cancel, with_step
from shared.sessions.progress import LANES, Lane, lane_of, last_change, last_error, stage_of
from shared.structs import replace
from tests.unit.fakes import START
from tests.unit.session_examples import SESSION_ID, SessionWorld, run_of, upload_form

STEPS = tuple(run_of({}).steps)
ENDED_WELL = {StepState.DONE, StepState.SKIPPED}
STAGES = ["uploading", "extracting", "analyzing", "synthesizing", "persisting", "complete"]
BROKEN = Failure(code="broken", message="The file is broken.")
OUTAGE = Failure(code="transient", message="Upstream: an outage")

moments = st.integers(0, 600).map(lambda seconds: START + timedelta(seconds=seconds))
records = st.builds(
    StepRecord,
    state=st.sampled_from(StepState),
    started_at=st.none() | moments,
    completed_at=st.none() | moments,
    detail=st.none() | st.sampled_from(["4 frames", "3/4 frames"]),
    error=st.none() | st.sampled_from([BROKEN, OUTAGE]),
)
any_run = st.builds(
    run_of,
    st.dictionaries(st.sampled_from(STEPS), records),
    state=st.sampled_from(RunState),
    ended_at=st.none() | moments,
    failure=st.none() | st.just(BROKEN),
)


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def done(started_s: int, ended_s: int, detail: str | None = None) -> StepRecord:
    return StepRecord(state=StepState.DONE, started_at=at(started_s), completed_at=at(ended_s), detail=detail)


def running(started_s: int, detail: str | None = None) -> StepRecord:
    return StepRecord(state=StepState.RUNNING, started_at=at(started_s), detail=detail)


def failed(started_s: int, ended_s: int) -> StepRecord:
    return StepRecord(state=StepState.FAILED, started_at=at(started_s), completed_at=at(ended_s), error=BROKEN)


def statuses(run: Run) -> str:
    return " ".join(lane_of(run, lane).status for lane in LANES)


QUEUED = StepRecord(state=StepState.QUEUED)
STUMBLED = replace(QUEUED, started_at=at(1), error=OUTAGE)
PINNED = {"pin_upload": done(0, 1)}
EXTRACTED = {**PINNED, "extract_frames": done(1, 5), "select_frames": done(5, 6, "4 frames")}
READ = {**EXTRACTED, "read_frames": done(6, 9, "4/4 frames")}
INSPECTED = {"inspect_pages": done(0, 4, "1 snapshots")}
ALL = {**READ, **INSPECTED, "synthesize_session": done(9, 10, "4,096 bytes")}
FAILED = {"state": RunState.FAILED, "failure": BROKEN, "ended_at": at(7)}


@pytest.mark.parametrize(
    ("run", "stage", "lanes"),
    [
        (run_of({}), "uploading", "pending pending pending pending"),
        (run_of({"pin_upload": QUEUED, "inspect_pages": QUEUED}), "uploading", "pending pending pending pending"),
        (run_of({"pin_upload": running(0)}), "uploading", "running pending pending pending"),
        (run_of({"inspect_pages": running(0)}), "uploading", "pending pending running pending"),
        (run_of({"pin_upload": STUMBLED}), "uploading", "running pending pending pending"),
        (run_of(PINNED), "extracting", "running pending pending pending"),
        (run_of({**PINNED, "extract_frames": running(1)}), "extracting", "running pending pending pending"),
        (run_of({**PINNED, **INSPECTED}), "extracting", "running pending complete pending"),
        (run_of(EXTRACTED), "analyzing", "complete pending pending pending"),
        (run_of({**EXTRACTED, "read_frames": running(6)}), "analyzing", "complete running pending pending"),
        (run_of(READ), "analyzing", "complete complete pending pending"),
        (run_of({**READ, "inspect_pages": running(0)}), "analyzing", "complete complete running pending"),
        (run_of({**READ, **INSPECTED}), "synthesizing", "complete complete complete pending"),
        (
            run_of({**READ, **INSPECTED, "synthesize_session": running(9)}),
            "synthesizing",
            "complete complete complete running",
        ),
        (run_of(ALL), "persisting", "complete complete complete complete"),
        (run_of(ALL, state=RunState.DONE), "complete", "complete complete complete complete"),
        (
            run_of({**ALL, "inspect_pages": StepRecord(state=StepState.SKIPPED)}, state=RunState.DONE),
            "complete",
            "complete complete complete complete",
        ),
        (run_of({"pin_upload": failed(0, 1)}, **FAILED), "error", "error pending pending pending"),
        (
            run_of({**EXTRACTED, "read_frames": failed(6, 7), "inspect_pages": running(0)}, **FAILED),
            "error",
            "complete error error pending",
        ),
        (run_of({**PINNED, "inspect_pages": failed(0, 3)}, **FAILED), "error", "error pending error pending"),
        (run_of({"pin_upload": running(0)}, state=RunState.CANCELLED), "error", "error pending pending pending"),
    ],
)
def test_every_state_of_a_run_is_told_as_it_is(run: Run, stage: str, lanes: str) -> None:
    assert (stage_of(run), statuses(run)) == (stage, lanes)


class TestLanes:
    def test_a_lane_says_when_it_began_and_ended_and_what_came_out(self) -> None:
        assert lane_of(run_of(ALL), "frame_extraction") == Lane(
            status="complete", started_at=at(0), completed_at=at(6), detail="4 frames"
        )

    def test_a_lane_between_two_of_its_steps_is_running_and_has_not_ended(self) -> None:
        assert lane_of(run_of(PINNED), "frame_extraction") == Lane(status="running", started_at=at(0))

    def test_a_running_step_says_how_far_it_is(self) -> None:
        run = run_of({**EXTRACTED, "read_frames": running(6, "3/4 frames")})

        assert lane_of(run, "vision_lane") == Lane(status="running", started_at=at(6), detail="3/4 frames")

    def test_a_step_that_stumbled_shows_why_while_it_is_awaited_again(self) -> None:
        lane = lane_of(run_of({"inspect_pages": STUMBLED}), "playwright_lane")

        assert (lane.status, lane.error, lane.completed_at) == ("running", OUTAGE.message, None)

    def test_a_lane_that_failed_says_why_and_when(self) -> None:
        lane = lane_of(run_of({"inspect_pages": failed(0, 7)}, **FAILED), "playwright_lane")

        assert lane == Lane(status="error", started_at=at(0), completed_at=at(7), error=BROKEN.message)

    def test_a_lane_that_another_one_cut_off_ended_when_the_run_did(self) -> None:
        run = run_of({**PINNED, "extract_frames": running(1), "inspect_pages": failed(0, 7)}, **FAILED)

        assert lane_of(run, "frame_extraction") == Lane(status="error", started_at=at(0), completed_at=at(7))

    def test_a_run_whose_pipeline_is_gone_has_completed_nothing(self) -> None:
        gone = runs.advance(replace(run_of(ALL), pipeline="no_longer_deployed"), now=at(9))

        assert gone.state is RunState.FAILED
        assert (stage_of(gone), statuses(gone)) == ("error", "pending pending pending pending")


class TestProperties:
    @given(any_run, st.sampled_from(sorted(LANES)))
    def test_a_lane_is_complete_if_all_of_its_steps_ended_well_and_only_then(self, run: Run, lane: str) -> None:
        states = {run.steps[step].state for step in LANES[lane]}

        assert (lane_of(run, lane).status == "complete") == (states <= ENDED_WELL)

    @given(any_run, st.sampled_from(sorted(LANES)))
    def test_a_lane_with_a_step_that_failed_is_an_error(self, run: Run, lane: str) -> None:
        states = {run.steps[step].state for step in LANES[lane]}

        if StepState.FAILED in states:
            assert lane_of(run, lane).status == "error"

    @given(any_run, st.sampled_from(sorted(LANES)))
    def test_only_a_lane_that_is_over_has_an_end(self, run: Run, lane: str) -> None:
        found = lane_of(run, lane)

        if found.status in ("pending", "running"):
            assert found.completed_at is None

    @given(any_run, st.sampled_from(sorted(LANES)))
    def test_nothing_runs_once_the_run_has_ended(self, run: Run, lane: str) -> None:
        if run.state is not RunState.LIVE:
            assert lane_of(run, lane).status != "running"

    @given(any_run)
    def test_a_run_is_complete_or_an_error_when_it_has_ended_and_not_before(self, run: Run) -> None:
        expected = {
            RunState.LIVE: set(STAGES) - {"complete"},
            RunState.DONE: {"complete"},
            RunState.PARTIAL: {"complete"},
            RunState.FAILED: {"error"},
            RunState.CANCELLED: {"error"},
        }

        assert stage_of(run) in expected[run.state]

    @given(any_run)
    def test_the_last_change_is_no_earlier_than_any_other(self, run: Run) -> None:
        moments = [at for record in run.steps.values() for at in (record.started_at, record.completed_at) if at]

        assert last_change(run) in [*moments, START]
        assert all(moment <= last_change(run) for moment in moments)

    @given(st.data())
    def test_a_run_only_ever_moves_forward(self, data: st.DataObject) -> None:
        run, stages, complete = runs.advance(run_of({}), now=START), [], []
        for second in range(40):
            stages.append(STAGES.index(stage_of(run)))
            complete.append({lane for lane in LANES if lane_of(run, lane).status == "complete"})
            if run.state is not RunState.LIVE:
                break
            run = data.draw(st.sampled_from(list(_moves(run, at(second)))))

        assert stages == sorted(stages)
        assert all(earlier <= later for earlier, later in pairwise(complete))


def _moves(run: Run, now: datetime) -> list[Run]:
    """What may happen next to a run that goes well: a step begins, stumbles or ends."""
    moved = []
    for step, record in run.steps.items():
        if record.state is StepState.QUEUED:
            started = replace(record, state=StepState.RUNNING, started_at=record.started_at or now)
            moved.append(with_step(run, step, started, now=now))
        if record.state is StepState.RUNNING:
            moved.append(with_step(run, step, runs.end(record, StepState.DONE, now=now), now=now))
            moved.append(with_step(run, step, runs.release(record, OUTAGE, now=now), now=now))
    return moved


class TestErrors:
    def test_of_a_run_that_goes_well_there_is_none(self) -> None:
        assert last_error(run_of(ALL, state=RunState.DONE)) is None

    def test_a_stumble_is_told_until_the_step_has_ended(self) -> None:
        stumbled = run_of({**PINNED, "extract_frames": STUMBLED})
        recovered = with_step(stumbled, "extract_frames", runs.end(STUMBLED, StepState.DONE, now=at(9)), now=at(9))

        assert last_error(stumbled) == OUTAGE.message
        assert last_error(recovered) is None

    def test_what_ended_the_run_outweighs_what_a_step_stumbled_over(self) -> None:
        assert last_error(run_of({"inspect_pages": STUMBLED}, **FAILED)) == BROKEN.message

    def test_of_several_stumbles_the_one_furthest_along_is_told(self) -> None:
        late = replace(STUMBLED, error=Failure(code="late", message="late"))

        assert last_error(run_of({"pin_upload": STUMBLED, "read_frames": late})) == "late"


def test_a_run_that_nobody_has_begun_changed_when_it_was_made() -> None:
    assert last_change(run_of({})) == START


def test_the_stages_of_a_real_run_come_one_after_the_other() -> None:
    world = SessionWorld()
    uploaded = world.upload(upload_form())
    stages = [stage_of(uploaded.run)]

    for step in ("pin_upload", "inspect_pages", "extract_frames", "select_frames", "read_frames"):
        world.finish(world.take(uploaded.run.id, step))
        stages.append(stage_of(world.run(uploaded.run.id)))
    last = world.take(uploaded.run.id, "synthesize_session")
    stages.append(stage_of(world.run(uploaded.run.id)))
    world.finish(last)

    assert stages == [
        "uploading",
        "extracting",
        "extracting",
        "extracting",
        "analyzing",
        "synthesizing",
        "synthesizing",
    ]
    assert stage_of(world.run(uploaded.run.id)) == "complete"


def test_every_step_of_the_pipeline_is_of_one_lane() -> None:
    assert sorted(step for steps in LANES.values() for step in steps) == sorted(STEPS)


def test_a_cancelled_run_is_an_error() -> None:
    assert run_of({}).recording_id == SESSION_ID
    assert stage_of(cancel(run_of({}), now=START)) == "error"
