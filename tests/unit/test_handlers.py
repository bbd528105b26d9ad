"""The handlers themselves, called with ports in memory: what each deployed function does with its inputs."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from functions.capture.confirm_video import capture_confirm_video
from functions.capture.create_recording import capture_create_recording
from functions.capture.delete_recording import capture_delete_recording
from functions.capture.get_recording import capture_get_recording
from functions.capture.get_video import capture_get_video
from functions.capture.list_recordings import capture_list_recordings
from functions.capture.stream_events import capture_stream_events
from functions.jobs.expire_unclaimed import jobs_expire_unclaimed
from functions.jobs.expire_uploads import jobs_expire_uploads
from functions.jobs.purge_deleted import jobs_purge_deleted
from functions.jobs.requeue_stalled import jobs_requeue_stalled
from functions.jobs.sweep_orphans import jobs_sweep_orphans
from functions.steps.finish_capture import steps_finish_capture
from functions.steps.pin_upload import steps_pin_upload
from functions.steps.summarize_events import steps_summarize_events
from functions.triggers.video_finalized import triggers_video_finalized
from shared.capture import event_blocks
from shared.capture.api import EventsQuery, ListQuery, NewRecording
from shared.capture.events import read_events
from shared.capture.reading import details_of
from shared.edge.bodies import MAX_INFLATED_BYTES, parse_body
from shared.edge.declarations import declaration_of
from shared.edge.invocables import Step
from shared.edge.lease import Attempt
from shared.edge.step import _deliver
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.ports import Clock, Ids, Media, Recordings, Tasks
from shared.recordings.attending import Swept
from shared.recordings.idempotency import Once
from shared.recordings.outcomes import Done, LeaseLost
from shared.recordings.recording import Bucket, State
from shared.recordings.work import Work, claim_step, commit_step
from tests.unit.examples import ANNA, World, new_recording, page_visit
from tests.unit.workers import LEASE

#: What a process of the API profile has before any request, in MiB, with plenty to spare: 95 with all clients made.
PROCESS_MB = 250


@pytest.fixture
def world() -> World:
    return World()


def call(world: World, function: FunctionType, **inputs: Any) -> Any:
    """What the platform does with a request: the handler with its inputs and the ports of its signature."""
    declaration = declaration_of(function)
    ports: dict[type, object] = {
        Clock: world.clock,
        Ids: world.ids,
        Media: world.media,
        Recordings: world.recordings,
        Tasks: world.tasks,
    }
    return declaration.handler(**inputs, **{name: ports[port] for name, port in declaration.ports.items()})


def create(world: World, **members: Any) -> Any:
    return call(world, capture_create_recording, body=new_recording(**members), caller=ANNA, once=Once())


def work_on(world: World, function: FunctionType) -> Done:
    """Deliver the waiting task of a step, and commit what its handler returns."""
    step = declaration_of(function).name.removeprefix("steps_")
    task = next(task for task in world.tasks.waiting.values() if task.step == step)
    claim = claim_step(task, task_name=task.name, recordings=world.recordings, now=world.clock.now(), lease=LEASE)
    assert claim.work is not None
    done: Done = call(world, function, work=Attempt(claim.work, deadline_s=60))
    for unblocked in commit_step(claim.work, done, recordings=world.recordings, now=world.clock.now()):
        world.tasks.enqueue(unblocked)
    return done


def test_a_recording_without_a_video_goes_from_create_to_ready(world: World) -> None:
    created = create(world, events=page_visit(0, "https://shop.test/"))
    summary = work_on(world, steps_summarize_events)
    work_on(world, steps_finish_capture)

    shown = call(world, capture_get_recording, id=created.id, caller=ANNA)
    listed = call(world, capture_list_recordings, query=ListQuery.model_validate({}), caller=ANNA)

    assert (created.status, created.video_upload_url) == ("processing", None)
    assert (shown.status, shown.event_count, shown.duration_ms) == ("ready", 2, 1)
    assert (listed.recordings, listed.next_cursor) == ([shown], None)
    assert summary.detail == "2 events"
    kept = details_of(world.recording(created.id)).event_summary
    assert kept is not None
    assert json.loads(world.media.open(kept).read())["event_count"] == 2


def test_events_can_be_read_while_the_video_is_still_to_come(world: World) -> None:
    created = create(world, events=page_visit(0, "https://shop.test/"), has_video=True)

    events = call(world, capture_stream_events, id=created.id, query=EventsQuery.model_validate({}), caller=ANNA)

    assert created.status == "uploading"
    assert created.video_upload_url.startswith("https://storage.test/uploads/")
    assert b"".join(events.pieces()).startswith(b"\x1f\x8b")


def test_a_confirmed_video_is_pinned_where_no_client_can_write(world: World) -> None:
    created = create(world, has_video=True)
    world.media.upload(f"capture/{created.id}/upload", b"the video")

    confirmed = call(world, capture_confirm_video, id=created.id, caller=ANNA)
    pinned = work_on(world, steps_pin_upload)

    assert confirmed.status == "processing"
    assert pinned.result["video"]["bucket"] == Bucket.MEDIA
    with pytest.raises(Conflict):
        call(world, capture_get_video, id=created.id, caller=ANNA)


def test_the_trigger_confirms_by_itself(world: World) -> None:
    created = create(world, has_video=True)
    stored = world.media.upload(f"capture/{created.id}/upload", b"the video")

    for _ in range(2):
        call(world, triggers_video_finalized, event=stored)

    recording = world.recording(created.id)
    assert (recording.state, recording.upload) == (State.PROCESSING, stored)
    assert recording.history[-1].actor == "trigger:video_finalized"


@pytest.mark.parametrize(
    "name",
    ["stray", "../capture/x/upload", "capture/unknown/upload", "capture/x/events/events.json", "capture/x/upload\n"],
)
def test_the_trigger_removes_what_belongs_to_no_recording(world: World, name: str) -> None:
    stored = world.media.upload(name, b"whatever")

    call(world, triggers_video_finalized, event=stored)

    assert world.media.names(Bucket.UPLOADS) == []


def test_a_deleted_recording_is_gone_for_every_function(world: World) -> None:
    created = create(world, has_video=True)

    call(world, capture_delete_recording, id=created.id, caller=ANNA)

    gone: list[Callable[[], Any]] = [
        lambda: call(world, capture_get_recording, id=created.id, caller=ANNA),
        lambda: call(world, capture_stream_events, id=created.id, query=EventsQuery.model_validate({}), caller=ANNA),
        lambda: call(world, capture_confirm_video, id=created.id, caller=ANNA),
        lambda: call(world, capture_get_video, id=created.id, caller=ANNA),
        lambda: call(world, capture_delete_recording, id=created.id, caller=ANNA),
    ]
    for ask in gone:
        with pytest.raises(NotFound):
            ask()
    assert call(world, capture_list_recordings, query=ListQuery.model_validate({}), caller=ANNA).recordings == []


def test_a_step_that_has_lost_its_lease_stops_between_two_events(world: World) -> None:
    create(world, events=page_visit(0, "https://shop.test/"))
    task = next(iter(world.tasks.waiting.values()))
    claim = claim_step(task, task_name=task.name, recordings=world.recordings, now=world.clock.now(), lease=LEASE)
    assert isinstance(claim.work, Work)
    attempt = Attempt(claim.work, deadline_s=60)
    attempt.lose()

    with pytest.raises(LeaseLost):
        call(world, steps_summarize_events, work=attempt)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'{"run_id": 7, "step": "pin_upload", "epoch": 1}'])
def test_a_delivery_that_is_no_task_is_dropped_and_said_loudly(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    declaration = declaration_of(steps_pin_upload)
    assert isinstance(declaration, Step)

    answer = _deliver(declaration, Request(EnvironBuilder(method="POST", data=body).get_environ()))

    assert (answer.status_code, answer.get_json()) == (200, {"verdict": "malformed"})
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("ERROR", "steps_pin_upload was sent what is no task")
    ]


def test_the_memory_of_create_holds_as_many_of_the_worst_bodies_as_may_come_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declaration = declaration_of(capture_create_recording)
    monkeypatch.setattr(event_blocks, "MAX_EVENTS", 100_000)
    event = b'{"type":999,"timestamp":1e3,"data":1},'
    raw = b'{"started_at":"2026-05-04T10:00:00Z","name":"\\ud800","events":[' + event * 200_000 + event[:-1] + b"]}"

    tracemalloc.start()
    with pytest.raises(InvalidRequest, match="events: at most"):
        read_events(parse_body(raw, NewRecording))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    worst_mb = (1 + peak_bytes / len(raw)) * MAX_INFLATED_BYTES / 1024**2
    assert declaration.concurrency * worst_mb + PROCESS_MB < declaration.memory_mb


@pytest.mark.parametrize(
    "job",
    [jobs_requeue_stalled, jobs_expire_unclaimed, jobs_expire_uploads, jobs_purge_deleted, jobs_sweep_orphans],
)
def test_a_job_with_nothing_to_do_changes_nothing(world: World, job: FunctionType) -> None:
    create(world, has_video=True)
    before = dict(world.recordings.documents)

    assert call(world, job) == Swept(looked_at=0, changed=0)

    assert world.recordings.documents == before
