"""Creating a browser recording: what is made, what the client may leave out, and the same request again."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.capture.api import RecordingOut
from shared.capture.domain import CaptureDetails
from shared.capture.reading import details_of
from shared.errors import NotFound, Upstream
from shared.recordings.deleting import delete_recording
from shared.recordings.idempotency import Once, OnceRecord, StillInProgress
from shared.recordings.recording import Bucket, Family, Recording, State
from shared.recordings.runs import Run
from shared.structs import replace
from tests.unit.examples import (
    ANNA,
    BERT,
    INCREMENTAL,
    PROJECT,
    World,
    event,
    page_visit,
)
from tests.unit.fakes import START


@pytest.fixture
def world() -> World:
    return World()


def details(world: World, **members: Any) -> CaptureDetails:
    return details_of(world.create(**members).recording)


def test_a_recording_without_a_video_is_processed_at_once(world: World) -> None:
    created = world.create(events=page_visit(0, "https://shop.test/"))

    recording = world.recording(created.recording.id)
    run = world.recordings.find_run(recording.current_run or "")
    assert (recording.state, created.upload_url) == (State.PROCESSING, None)
    assert run is not None
    assert (run.pipeline, run.recording_id) == ("capture_events_only", recording.id)
    assert set(world.tasks.waiting.values()) == set(run.tasks())


def test_a_recording_with_a_video_waits_for_it(world: World) -> None:
    created = world.create(has_video=True, has_audio=True)

    recording = world.recording(created.recording.id)
    name = f"capture/{recording.id}/upload"
    assert recording.state is State.AWAITING_MEDIA
    assert recording.upload_deadline == START + timedelta(hours=24)
    assert created.upload_url == f"https://storage.test/uploads/{name}?method=PUT&expires_in_s=3600"
    assert (details_of(recording).has_video, details_of(recording).has_audio) == (True, True)
    assert world.recordings.all_of(Run) == []


def test_it_is_the_callers(world: World) -> None:
    recording = world.create(by=BERT).recording

    assert (recording.tenant_id, recording.user_id) == ("other", "bert")
    assert [(move.cause, move.actor) for move in recording.history] == [("created", "user:bert")]


def test_the_answer_of_a_read_has_every_key(world: World) -> None:
    recording = world.create(events=page_visit(0, "https://shop.test/"), project_id=PROJECT).recording

    shown = json.loads(RecordingOut.of(recording, details_of(recording)).model_dump_json())

    assert shown == {
        "id": recording.id,
        "tenant_id": "acme",
        "project_id": PROJECT,
        "user_id": "anna",
        "name": "Recording 2026-05-04T10:00:00Z",
        "status": "processing",
        "started_at": "2026-05-04T10:00:00Z",
        "ended_at": None,
        "duration_ms": 1,
        "event_count": 2,
        "has_video": False,
        "has_audio": False,
        "navigations": [{"url": "https://shop.test/", "timestamp_ms": 0}],
        "journey_id": None,
        "created_at": "2026-05-04T10:00:00Z",
        "updated_at": "2026-05-04T10:00:00Z",
    }


def test_a_project_may_be_spelled_in_capitals_as_uuids_may(world: World) -> None:
    assert details(world, project_id=PROJECT.upper()).project_id == PROJECT


def test_events_are_stored_before_the_recording_exists(world: World) -> None:
    world.recordings.conflict(times=99)

    with pytest.raises(Upstream):
        world.create(events=page_visit(0, "https://shop.test/"))

    assert len(world.media.names(Bucket.MEDIA)) == 2
    assert world.recordings.all_of(Recording) == []


def test_a_queue_that_is_down_leaves_the_run_to_the_sweep(world: World) -> None:
    world.tasks.is_down = True

    with pytest.raises(Upstream):
        world.create()

    assert [run.attention_at is not None for run in world.recordings.all_of(Run)] == [True]


def test_a_name_is_kept(world: World) -> None:
    assert details(world, name="Checkout").name == "Checkout"
    assert details(world, name="").name == ""


def test_a_recording_without_a_name_is_named_after_its_start(world: World) -> None:
    named = details(world, started_at="2026-05-04T12:30:00.5+02:00")

    assert named.name == "Recording 2026-05-04T10:30:00.500000Z"


def test_the_duration_is_what_the_client_says(world: World) -> None:
    found = details(world, duration_ms=7, ended_at="2026-05-04T10:01:00Z", events=page_visit(0, "https://a.test/"))

    assert (found.duration_ms, found.is_duration_known) == (7, True)


def test_or_from_start_to_end(world: World) -> None:
    found = details(world, ended_at="2026-05-04T10:00:01.5Z", events=page_visit(0, "https://a.test/"))

    assert (found.duration_ms, found.is_duration_known) == (1500, True)


def test_or_from_the_first_event_to_the_last(world: World) -> None:
    found = details(world, events=[event(INCREMENTAL, 900), event(INCREMENTAL, 20), event(INCREMENTAL, 400)])

    assert (found.duration_ms, found.is_duration_known) == (880, True)


@pytest.mark.parametrize("events", [[], [event(INCREMENTAL, 5)]], ids=["no event", "one event"])
def test_or_it_is_not_known_yet(world: World, events: list[dict[str, Any]]) -> None:
    found = details(world, events=events)

    assert (found.duration_ms, found.is_duration_known) == (0, False)


def test_a_duration_of_zero_is_a_duration(world: World) -> None:
    assert details(world, duration_ms=0).is_duration_known


def test_the_servers_count_wins(world: World) -> None:
    assert details(world, event_count=99, events=page_visit(0, "https://a.test/")).event_count == 2


RESERVED = OnceRecord(id="k", body_hash="h", expire_at=START + timedelta(seconds=60))


def test_what_was_made_is_remembered_with_it(world: World) -> None:
    world.recordings.put(RESERVED)

    created = world.create(once=Once(record=RESERVED))

    remembered = world.recordings.all_of(OnceRecord)
    assert [(one.resource_id, one.expire_at) for one in remembered] == [
        (created.recording.id, START + timedelta(hours=24))
    ]


def test_a_create_that_is_slower_than_its_reservation_makes_nothing(world: World) -> None:
    world.recordings.put(replace(RESERVED, expire_at=START + timedelta(seconds=120)))

    with pytest.raises(StillInProgress):
        world.create(once=Once(record=RESERVED))

    assert world.recordings.all_of(Recording) == []


def test_a_replay_answers_from_the_recording_as_it_is_now_with_a_fresh_url(world: World) -> None:
    first = world.create(has_video=True)
    before = dict(world.recordings.documents)

    again = world.create(has_video=True, once=Once(made=first.recording.id))

    assert (again.recording, again.upload_url) == (first.recording, first.upload_url)
    assert world.recordings.documents == before
    assert len(world.media.names(Bucket.MEDIA)) == 2


def test_a_replay_of_a_recording_that_was_deleted_is_not_found(world: World) -> None:
    first = world.create()
    delete_recording(
        first.recording.id,
        family=Family.CAPTURE,
        by=ANNA,
        recordings=world.recordings,
        media=world.media,
        now=START,
    )

    with pytest.raises(NotFound):
        world.create(once=Once(made=first.recording.id))
