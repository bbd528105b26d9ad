"""Stops and deletes of recordings: the provider first, and nothing of ours lost when it fails."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import NotFound
from shared.ports.meetings import MeetingUnavailable, ProviderState
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller, Recording, State
from shared.recordings.runs import Run, RunState
from shared.rooms.deleting import delete_recording
from shared.rooms.domain import STALLED_AFTER, DeletedBy, DeletedRecording
from shared.rooms.failures import NoActiveRecording
from shared.rooms.reading import details_of, find_recording, list_recordings
from shared.rooms.starting import start_recording
from shared.rooms.stopping import stop_recording
from tests.unit.examples import ANNA, BERT
from tests.unit.room_fakes import MEETING_ID, ROOM_ID, RoomWorld, room, room_recording


@pytest.fixture
def world() -> RoomWorld:
    made = RoomWorld()
    made.rooms.put(room())
    return made


def start(world: RoomWorld) -> tuple[Recording, str]:
    """A recording that is under way, and its id at the provider; a minute goes by."""
    recording = start_recording(
        ROOM_ID,
        by=ANNA,
        once=Once(),
        rooms=world.rooms,
        meetings=world.meetings,
        tasks=world.tasks,
        ids=world.ids,
        clock=world.clock,
    )
    provider_id = details_of(recording).provider_id
    assert provider_id is not None
    world.clock.advance(timedelta(minutes=1))
    return recording, provider_id


def stop(world: RoomWorld, *, by: Caller = ANNA) -> Recording:
    return stop_recording(
        ROOM_ID,
        by=by,
        rooms=world.rooms,
        meetings=world.meetings,
        tasks=world.tasks,
        ids=world.ids,
        now=world.clock.now(),
    )


def delete(world: RoomWorld, id: str, *, by: Caller = ANNA) -> DeletedRecording:
    return delete_recording(
        id,
        by=by,
        rooms=world.rooms,
        meetings=world.meetings,
        tasks=world.tasks,
        ids=world.ids,
        now=world.clock.now(),
    )


class TestStopping:
    def test_the_provider_stops_and_the_room_is_free(self, world: RoomWorld) -> None:
        recording, provider_id = start(world)

        stopped = stop(world)

        details, now = details_of(stopped), world.clock.now()
        assert (stopped.id, stopped.state) == (recording.id, State.PROCESSING)
        assert (details.stopped_at, details.ended_at, details.look_at) == (now, now, now + STALLED_AFTER)
        assert world.meetings.recordings[provider_id].state is ProviderState.UPLOADING
        assert world.room().live_recording is None
        assert world.recording(recording.id) == stopped
        assert [move.cause for move in stopped.history] == ["created", "stopped"]

    def test_the_second_stop_finds_nothing(self, world: RoomWorld) -> None:
        start(world)
        stop(world)

        with pytest.raises(NoActiveRecording):
            stop(world)

    def test_one_that_stopped_by_itself_and_is_there_already_is_imported(self, world: RoomWorld) -> None:
        recording, provider_id = start(world)
        world.meetings.advance(provider_id, ProviderState.UPLOADED)

        stopped = stop(world)

        assert (stopped.id, stopped.state) == (recording.id, State.PROCESSING)
        assert [run.pipeline for run in world.rooms.all_of(Run)] == ["room_import"]

    def test_one_that_the_provider_has_forgotten_is_stopped_all_the_same(self, world: RoomWorld) -> None:
        recording, provider_id = start(world)
        world.meetings.forget(provider_id)

        assert (stop(world).id, world.recording(recording.id).state) == (recording.id, State.PROCESSING)

    def test_it_stays_live_when_the_provider_does_not_answer(self, world: RoomWorld) -> None:
        recording, _ = start(world)
        world.meetings.is_down = True

        with pytest.raises(MeetingUnavailable):
            stop(world)

        assert world.recording(recording.id) == recording
        assert world.room().live_recording == recording.id

    def test_a_stop_whose_answer_was_lost_may_be_repeated(self, world: RoomWorld) -> None:
        recording, _ = start(world)
        world.meetings.lose_answer()
        with pytest.raises(MeetingUnavailable):
            stop(world)

        assert (stop(world).id, world.room().live_recording) == (recording.id, None)

    def test_one_that_ended_while_the_provider_was_asked_stays_as_it_ended(self, world: RoomWorld) -> None:
        start(world)
        world.meetings.during_next_call(lambda: stop(world))

        assert stop(world).state is State.PROCESSING

    def test_a_start_whose_outcome_is_not_known_is_looked_for_first(self, world: RoomWorld) -> None:
        world.meetings.is_down = True
        with pytest.raises(MeetingUnavailable):
            start(world)
        world.meetings.is_down = False
        begun = world.meetings.begin(MEETING_ID)

        stopped = stop(world)

        assert details_of(stopped).provider_id == begun.id
        assert world.meetings.live() == {}

    def test_a_start_that_the_provider_knows_nothing_of_is_left_to_the_sync(self, world: RoomWorld) -> None:
        world.meetings.is_down = True
        with pytest.raises(MeetingUnavailable):
            start(world)
        world.meetings.is_down = False

        with pytest.raises(NoActiveRecording):
            stop(world)

        assert world.room().live_recording is not None

    def test_one_that_began_by_itself_is_stopped_before_anybody_has_told_us_of_it(self, world: RoomWorld) -> None:
        world.rooms.put(room(records_on_start=True))
        begun = world.meetings.begin(MEETING_ID)

        stopped = stop(world)

        assert (details_of(stopped).provider_id, stopped.state) == (begun.id, State.PROCESSING)

    def test_a_room_that_is_not_recorded_does_not_trouble_the_provider(self, world: RoomWorld) -> None:
        with pytest.raises(NoActiveRecording):
            stop(world)

        assert world.meetings.asked == []

    def test_another_tenants_room_is_none(self, world: RoomWorld) -> None:
        start(world)

        with pytest.raises(NotFound, match="room not found"):
            stop(world, by=BERT)


class TestDeleting:
    def test_nobody_sees_it_and_its_facts_are_kept(self, world: RoomWorld) -> None:
        recording = room_recording(State.READY, ended_at=world.clock.now())
        world.rooms.put(recording)
        world.clock.advance(timedelta(days=1))

        gone = delete(world, recording.id)

        assert (gone.recording, gone.deleted_by, gone.has_files) == (recording, DeletedBy.OWNER, True)
        assert (gone.deleted_at - gone.ended_at) == timedelta(days=1)
        assert world.rooms.find_deleted(recording.id) == gone
        assert list_recordings(by=ANNA, limit=10, offset=0, rooms=world.rooms).total == 0
        with pytest.raises(NotFound):
            find_recording(recording.id, by=ANNA, rooms=world.rooms)
        with pytest.raises(NotFound):
            delete(world, recording.id)

    def test_one_that_is_under_way_is_stopped_first(self, world: RoomWorld) -> None:
        recording, _ = start(world)

        gone = delete(world, recording.id)

        assert (gone.recording.state, gone.ended_at) == (State.PROCESSING, world.clock.now())
        assert world.meetings.live() == {}
        assert world.room().live_recording is None

    def test_one_that_cannot_be_stopped_is_not_deleted(self, world: RoomWorld) -> None:
        recording, _ = start(world)
        world.meetings.is_down = True

        with pytest.raises(MeetingUnavailable):
            delete(world, recording.id)

        assert world.recording(recording.id) == recording
        assert world.rooms.all_of(DeletedRecording) == []

    def test_a_start_that_the_provider_knows_nothing_of_frees_its_room(self, world: RoomWorld) -> None:
        world.meetings.is_down = True
        with pytest.raises(MeetingUnavailable):
            start(world)
        world.meetings.is_down = False
        reserved = world.room().live_recording
        assert reserved is not None

        delete(world, reserved)

        assert world.room().live_recording is None

    def test_its_import_ends(self, world: RoomWorld) -> None:
        recording, provider_id = start(world)
        world.meetings.advance(provider_id, ProviderState.UPLOADED)
        stop(world)

        delete(world, recording.id)

        assert [run.state for run in world.rooms.all_of(Run)] == [RunState.CANCELLED]

    def test_another_tenants_recording_is_none(self, world: RoomWorld) -> None:
        world.rooms.put(recording := room_recording(State.READY))

        with pytest.raises(NotFound, match="recording not found"):
            delete(world, recording.id, by=BERT)

        assert world.recording(recording.id) == recording
