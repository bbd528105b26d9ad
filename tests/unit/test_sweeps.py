"""The hourly jobs: uploads that nobody told us of, uploads that never came, and objects that nobody can reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.capture.domain import UPLOAD_WITHIN
from shared.recordings.attending import Swept
from shared.recordings.codec import to_plain
from shared.recordings.deleting import delete_recording
from shared.recordings.lifecycle import Cause, Origin, apply
from shared.recordings.objects import EditName, EventsName, OutputName, UploadName
from shared.recordings.outcomes import Done, FanOut
from shared.recordings.recording import Bucket, Family, Recording, State
from shared.recordings.runs import RunState, StepRecord, StepState, start_run
from shared.recordings.sweeps import expire_uploads, sweep_orphans
from shared.structs import replace
from tests.unit.examples import ANNA, World
from tests.unit.fakes import FakeRecordings
from tests.unit.session_examples import SESSION_ID, session
from tests.unit.workers import RUN_ID, Workers

A_DAY = timedelta(hours=24)


@pytest.fixture
def world() -> World:
    return World()


def expire(world: World) -> Swept:
    return expire_uploads(
        recordings=world.recordings, media=world.media, tasks=world.tasks, ids=world.ids, now=world.clock.now()
    )


def sweep(world: World) -> Swept:
    return sweep_orphans(recordings=world.recordings, media=world.media, now=world.clock.now())


def test_an_upload_may_come_until_the_day_is_over(world: World) -> None:
    recording = world.create(has_video=True).recording
    world.clock.advance(UPLOAD_WITHIN - timedelta(seconds=1))

    expire(world)

    assert world.recording(recording.id).state is State.AWAITING_MEDIA


def test_an_upload_that_never_came_fails_the_recording(world: World) -> None:
    recording = world.create(has_video=True).recording
    world.clock.advance(UPLOAD_WITHIN)

    expire(world)

    found = world.recording(recording.id)
    assert found.state is State.FAILED
    assert found.failure is not None
    assert (found.failure.code, found.history[-1].actor) == ("upload_expired", "job:expire_uploads")


def test_an_upload_whose_event_was_lost_is_confirmed_instead(world: World) -> None:
    recording = world.create(has_video=True).recording
    stored = world.media.upload(f"capture/{recording.id}/upload", b"video")
    world.clock.advance(UPLOAD_WITHIN)

    expire(world)

    found = world.recording(recording.id)
    assert (found.state, found.upload) == (State.PROCESSING, stored)
    assert len(world.tasks.waiting) == 2


def test_an_upload_that_is_confirmed_while_the_sweep_looks_is_not_expired(world: World) -> None:
    recording = world.create(has_video=True).recording
    world.clock.advance(UPLOAD_WITHIN)
    moved = apply(recording, Cause.MEDIA_CONFIRMED, now=world.clock.now(), origin=Origin(actor="user:anna"))
    world.recordings.interrupt(lambda: world.recordings.put(moved))

    expire(world)

    assert world.recording(recording.id) == moved


class DeletedMeanwhile(FakeRecordings):
    """The owner deletes the first recording between the query and the transaction."""

    def __init__(self, delete: Callable[[str], None]) -> None:
        super().__init__()
        self._delete = delete

    def overdue_uploads(self, before: datetime, *, limit: int) -> list[Recording]:
        found = super().overdue_uploads(before, limit=limit)
        for recording in found[:1]:
            self._delete(recording.id)
        return found


def test_a_recording_that_is_deleted_while_the_sweep_looks_does_not_stop_it(world: World) -> None:
    def delete(id: str) -> None:
        delete_recording(
            id, family=Family.CAPTURE, by=ANNA, recordings=world.recordings, media=world.media, now=world.clock.now()
        )

    world.recordings = DeletedMeanwhile(delete)
    world.create(has_video=True)
    world.clock.advance(timedelta(seconds=1))
    second = world.create(has_video=True).recording
    world.clock.advance(UPLOAD_WITHIN)

    expire(world)

    assert world.recording(second.id).state is State.FAILED


def test_young_objects_are_left_alone(world: World) -> None:
    world.media.save(EventsName(Family.CAPTURE, "unborn", "events.json").render(), b"[]", content_type="x/y")
    world.clock.advance(A_DAY)

    sweep(world)

    assert len(world.media.names(Bucket.MEDIA)) == 1


def test_objects_of_a_recording_that_never_came_to_be_are_removed(world: World) -> None:
    world.media.save(EventsName(Family.CAPTURE, "unborn", "events.json").render(), b"[]", content_type="x/y")
    world.clock.advance(A_DAY + timedelta(seconds=1))

    assert sweep(world) == Swept(looked_at=1, changed=1)

    assert world.media.names(Bucket.MEDIA) == []


def test_everything_that_a_reader_or_a_step_may_still_need_is_kept(world: World) -> None:
    awaiting = world.create(has_video=True).recording
    processing = world.create().recording
    upload = UploadName(Family.CAPTURE, awaiting.id)
    world.media.upload(upload.render(), b"video")
    under_way = OutputName(Family.CAPTURE, processing.id, processing.current_run or "", "summarize_events", 1, "s.json")
    world.media.save(under_way.render(), b"{}", content_type="application/json")
    before = world.media.names(Bucket.MEDIA)
    world.clock.advance(A_DAY + timedelta(seconds=1))

    sweep(world)

    assert world.media.names(Bucket.MEDIA) == before
    assert world.media.names(Bucket.UPLOADS) == [upload.render()]


def test_of_a_run_that_has_ended_the_committed_outputs_are_kept_and_the_others_removed(world: World) -> None:
    workers = Workers(world)
    workers.start("capture_events_only")
    lost = workers.take("summarize_events")
    workers.expire_lease("summarize_events")
    kept = workers.take("summarize_events")
    for work in (lost, kept):
        world.media.save(work.output("s.json").render(), b"{}", content_type="application/json")
    workers.finish(kept, Done())
    workers.finish(workers.take("finish_capture"))
    world.clock.advance(A_DAY + timedelta(seconds=1))

    sweep(world)

    assert world.media.names(Bucket.MEDIA) == [kept.output("s.json").render()]


def test_what_was_made_of_a_room_recording_outlives_the_row_until_its_run_is_gone(world: World) -> None:
    run = start_run("run1", "rec_1", "room_import", source=None, now=world.clock.now())
    done = StepRecord(state=StepState.DONE, fence=1)
    world.recordings.put(replace(run, state=RunState.DONE, steps={**run.steps, "probe_recording": done}))
    kept = OutputName(Family.ROOMS, "rec_1", run.id, "probe_recording", 1, "thumbnail.jpg").render()
    world.media.save(kept, b"a picture", content_type="image/jpeg")
    world.clock.advance(A_DAY + timedelta(seconds=1))

    sweep(world)
    left_by_the_owner = world.media.names(Bucket.MEDIA)
    world.recordings.forget_runs("rec_1")
    sweep(world)

    assert left_by_the_owner == [kept]
    assert world.media.names(Bucket.MEDIA) == []


def test_of_a_shard_the_output_that_counts_is_kept_and_that_of_a_lost_attempt_removed(world: World) -> None:
    workers = Workers(world)
    workers.start("capture_events_only")
    workers.finish(workers.take("summarize_events"), FanOut(shards=[{"frame": 1}]))
    lost = workers.take("summarize_events", 0)
    world.clock.advance(timedelta(minutes=10))
    workers.sweep()
    kept = workers.take("summarize_events", 0)
    for work in (lost, kept):
        world.media.save(work.output("s.json").render(), b"{}", content_type="application/json")
    workers.finish(kept, Done())
    workers.finish(workers.take("finish_capture"))
    world.clock.advance(A_DAY + timedelta(seconds=1))

    sweep(world)

    assert world.media.names(Bucket.MEDIA) == [kept.output("s.json").render()]


def test_the_upload_goes_once_its_run_has_ended(world: World) -> None:
    workers = Workers(world)
    workers.start("capture_events_only")
    upload = UploadName(Family.CAPTURE, "r1")
    world.media.upload(upload.render(), b"video")
    world.clock.advance(A_DAY + timedelta(seconds=1))
    sweep(world)
    while_live = world.media.names(Bucket.UPLOADS)
    for step in ("summarize_events", "finish_capture"):
        workers.finish(workers.take(step))

    sweep(world)

    assert while_live == [upload.render()]
    assert world.media.names(Bucket.UPLOADS) == []


def test_an_object_under_another_familys_name_is_not_reached_by_a_recording(world: World) -> None:
    recording = world.create().recording
    stray = EventsName(Family.SESSIONS, recording.id, "events.json").render()
    world.media.save(stray, b"[]", content_type="application/json")
    world.clock.advance(A_DAY + timedelta(seconds=1))

    sweep(world)

    assert stray not in world.media.names(Bucket.MEDIA)


def test_outputs_of_runs_and_steps_that_never_were_are_removed(world: World) -> None:
    workers = Workers(world)
    workers.start("capture_events_only")
    strays = [
        OutputName(Family.CAPTURE, "r1", "unknown", "summarize_events", 1, "s.json").render(),
        OutputName(Family.CAPTURE, "r1", RUN_ID, "transcribe", 1, "t.json").render(),
    ]
    for stray in strays:
        world.media.save(stray, b"{}", content_type="application/json")
    world.clock.advance(A_DAY + timedelta(seconds=1))

    assert sweep(world).changed == 2


@pytest.mark.parametrize(
    ("facts_of", "stays"),
    [
        (lambda edit: {"evidence": edit}, True),
        (lambda edit: {"deep": {"er": {"evidence": edit}}}, True),
        (lambda edit: {}, False),
        (lambda edit: {"evidence": None}, False),
        (lambda edit: {"evidence": {**edit, "name": edit["name"].replace("edit1", "edit2")}}, False),
    ],
    ids=["mentioned", "mentioned far below", "no facts", "no evidence", "another edit"],
)
def test_an_edit_is_kept_while_its_recording_speaks_of_it(
    world: World, facts_of: Callable[[dict[str, Any]], Mapping[str, Any]], stays: bool
) -> None:
    name = EditName(Family.SESSIONS, SESSION_ID, "edit1", "evidence.json.gz").render()
    edit = world.media.save(name, b"{}", content_type="application/gzip")
    before = session()
    world.recordings.put(replace(before, details={**before.details, **facts_of(to_plain(edit))}))
    world.clock.advance(A_DAY + timedelta(seconds=1))

    sweep(world)

    assert world.media.names(Bucket.MEDIA) == [name] * stays


def test_an_upload_that_no_request_ever_named_is_removed_after_a_day(world: World) -> None:
    name = UploadName(Family.SESSIONS, "sess_NOBODY01").render()
    world.media.upload(name, b"video")
    world.clock.advance(A_DAY)
    sweep(world)
    after_a_day = world.media.names(Bucket.UPLOADS)
    world.clock.advance(timedelta(seconds=1))

    sweep(world)

    assert after_a_day == [name]
    assert world.media.names(Bucket.UPLOADS) == []
