"""A feedback recording's video may be replaced until its analysis was asked for, and is analysed once at a time."""

from __future__ import annotations

import pytest

from shared.errors import NotFound
from shared.feedback.analysing import start_analysis
from shared.feedback.domain import ANALYSIS, INTAKE, NOBODY, FeedbackDetails
from shared.feedback.failures import VideoNotUploaded
from shared.recordings.codec import to_plain
from shared.recordings.objects import UploadName
from shared.recordings.recording import Bucket, Caller, Family, Recording, State, StoredObject
from shared.recordings.runs import Run, RunState, StepRecord, StepState
from shared.recordings.uploads import UNCLAIMED_CAP_BYTES, Settled, Settlement, expire_upload, settle_upload
from shared.structs import replace
from tests.unit.examples import ANNA, BERT, World
from tests.unit.fakes import START

NAME = UploadName(Family.FEEDBACK, "f1")
SENT = StoredObject(bucket=Bucket.MEDIA, name="feedback/f1/events/context.json.gz", generation=1, size_bytes=2)


def feedback(**changes: object) -> Recording:
    """Anna's recording, whose video is still to come."""
    details = FeedbackDetails(
        duration_s=3, session_id=None, video_content_type="video/webm", context=SENT, metadata=SENT
    )
    made = Recording(
        id="f1",
        family=Family.FEEDBACK,
        tenant_id=ANNA.tenant_id,
        user_id=ANNA.user_id,
        state=State.AWAITING_MEDIA,
        created_at=START,
        updated_at=START,
        details=to_plain(details),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    world = World()
    world.recordings.put(feedback())
    return world


def settle(world: World, stored: StoredObject) -> Settlement:
    return settle_upload(
        stored,
        NAME,
        by="trigger:video_finalized",
        recordings=world.recordings,
        media=world.media,
        tasks=world.tasks,
        ids=world.ids,
        now=world.clock.now(),
    )


def put(world: World, content: bytes = b"video", **how: int) -> tuple[StoredObject, Settlement]:
    """Upload, and let the trigger look."""
    stored = world.media.upload(NAME.render(), content, **how)
    return stored, settle(world, stored)


def analyse(world: World, by: Caller = ANNA) -> Run:
    return start_analysis(
        "f1", by=by, recordings=world.recordings, tasks=world.tasks, ids=world.ids, now=world.clock.now()
    )


def current_run(world: World) -> Run:
    run = world.recordings.find_run(world.recording("f1").current_run or "")
    assert run is not None
    return run


def finish(world: World, *steps: str, state: RunState = RunState.LIVE) -> None:
    """Let the current run have done these steps."""
    run = current_run(world)
    done = {step: StepRecord(state=StepState.DONE, result={"of": step}) for step in steps}
    world.recordings.put(replace(run, steps={**run.steps, **done}, state=state))
    if state is RunState.DONE:
        world.recordings.put(replace(world.recording("f1"), state=State.READY))


@pytest.mark.parametrize("is_over", [False, True], ids=["while it is made playable", "when it is"])
def test_a_newer_upload_takes_the_place_of_the_one_before(world: World, is_over: bool) -> None:
    put(world, b"first")
    earlier = current_run(world)
    if is_over:
        finish(world, "pin_upload", "remux_video", "publish_video", state=RunState.DONE)

    second, settlement = put(world, b"second")

    assert settlement.outcome is Settled.STARTED
    assert (world.recording("f1").upload, world.recording("f1").state) == (second, State.PROCESSING)
    assert (current_run(world).pipeline, current_run(world).source) == (INTAKE, second)
    ended = world.recordings.find_run(earlier.id)
    assert ended is not None
    assert ended.state is (RunState.DONE if is_over else RunState.CANCELLED)


def test_the_event_of_an_earlier_upload_that_comes_late_changes_nothing(world: World) -> None:
    first = world.media.upload(NAME.render(), b"first")
    second, _ = put(world, b"second")

    settlement = settle(world, first)

    assert settlement.outcome is Settled.UNCHANGED
    assert world.recording("f1").upload == second


def test_an_upload_that_cannot_be_taken_leaves_the_one_before(world: World) -> None:
    first, _ = put(world, b"first")

    _, settlement = put(world, size_bytes=0)

    assert settlement.outcome is Settled.FAILED
    assert (world.recording("f1").upload, world.recording("f1").state) == (first, State.PROCESSING)


def test_a_video_that_comes_after_its_time_is_taken_all_the_same(world: World) -> None:
    expire_upload("f1", recordings=world.recordings, now=world.clock.now())
    assert world.recording("f1").state is State.FAILED

    stored, settlement = put(world)

    assert settlement.outcome is Settled.STARTED
    assert (world.recording("f1").state, world.recording("f1").failure) == (State.PROCESSING, None)
    assert current_run(world).source == stored


def test_after_the_analysis_was_asked_for_a_later_upload_goes(world: World) -> None:
    put(world, b"first")
    finish(world, "pin_upload")
    analyse(world)

    late, settlement = put(world, b"late")

    assert settlement.outcome is Settled.LATE
    assert world.media.describe(Bucket.UPLOADS, late.name) is None


def test_a_later_upload_stays_while_the_analysis_has_not_copied_the_one_that_it_replaced(world: World) -> None:
    put(world, b"first")
    analyse(world)

    late, settlement = put(world, b"late")

    assert settlement.outcome is Settled.UNCHANGED
    assert world.media.describe(Bucket.UPLOADS, late.name) == late


def test_nobodys_recording_takes_less(world: World) -> None:
    world.recordings.put(feedback(tenant_id=NOBODY, user_id=NOBODY))

    _, settlement = put(world, size_bytes=UNCLAIMED_CAP_BYTES + 1)

    assert settlement.outcome is Settled.FAILED
    assert world.recording("f1").state is State.FAILED


def test_an_analysis_takes_the_place_of_what_is_under_way_and_repeats_nothing(world: World) -> None:
    stored, _ = put(world)
    intake = current_run(world)
    finish(world, "pin_upload")

    run = analyse(world)

    assert (run.pipeline, run.source) == (ANALYSIS, stored)
    assert world.recording("f1").current_run == run.id
    assert world.recording("f1").details["job_id"] == run.id
    assert run.steps["pin_upload"].result == {"of": "pin_upload"}
    assert {name for name, record in run.steps.items() if record.state is StepState.QUEUED} == {
        "remux_video",
        "extract_frames",
        "transcribe_speech",
    }
    assert set(run.tasks()) <= set(world.tasks.waiting.values())
    cancelled = world.recordings.find_run(intake.id)
    assert cancelled is not None
    assert cancelled.state is RunState.CANCELLED


def test_an_analysis_that_is_asked_for_twice_is_one(world: World) -> None:
    put(world)
    first = analyse(world)

    assert analyse(world).id == first.id


def test_two_requests_at_once_start_one_analysis(world: World) -> None:
    put(world)
    world.recordings.interrupt(lambda: analyse(world))

    run = analyse(world)

    assert run.id == current_run(world).id
    assert [one.pipeline for one in world.recordings.all_of(Run)].count(ANALYSIS) == 1


def test_after_the_end_a_new_analysis_begins_with_the_video_as_it_was_made(world: World) -> None:
    put(world)
    first = analyse(world)
    finish(world, *first.steps, state=RunState.DONE)

    second = analyse(world)

    assert second.id != first.id
    done = {name for name, record in second.steps.items() if record.state is StepState.DONE}
    assert done == {"pin_upload", "remux_video", "publish_video"}


def test_without_a_video_there_is_nothing_to_analyse(world: World) -> None:
    with pytest.raises(VideoNotUploaded):
        analyse(world)


def test_somebody_elses_recording_is_not_there(world: World) -> None:
    put(world)

    with pytest.raises(NotFound):
        analyse(world, by=BERT)
