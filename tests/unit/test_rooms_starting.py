"""Starts: one recording at most per room, the provider asked once, and nothing lost with an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import NotFound
from shared.ports.meetings import MeetingRefused, MeetingUnavailable, ProviderState
from shared.recordings.idempotency import Once, OnceRecord
from shared.recordings.lifecycle import Origin
from shared.recordings.recording import Caller, Recording, State
from shared.rooms.domain import (
    START_DEADLINE,
    ProviderLink,
    RoomConfig,
    RoomRecordingDetails,
    RoomStatus,
    Tenant,
)
from shared.rooms.failures import AlreadyRecording, RecordingDisabled, RoomEnded
from shared.rooms.following import follow_provider
from shared.rooms.reading import details_of
from shared.rooms.starting import start_recording
from tests.unit.examples import ANNA, BERT
from tests.unit.room_fakes import MEETING_ID, ROOM_ID, RoomWorld, room

RESERVED = OnceRecord(id="key", body_hash="hash", expire_at=RoomWorld().clock.now() + timedelta(seconds=60))


@pytest.fixture
def world() -> RoomWorld:
    made = RoomWorld()
    made.rooms.put(room())
    return made


def start(world: RoomWorld, *, by: Caller = ANNA, once: Once | None = None, room_id: str = ROOM_ID) -> Recording:
    return start_recording(
        room_id,
        by=by,
        once=once or Once(),
        rooms=world.rooms,
        meetings=world.meetings,
        tasks=world.tasks,
        ids=world.ids,
        clock=world.clock,
    )


def hear(world: RoomWorld, state: ProviderState) -> None:
    """Let a webhook tell of the meeting's latest recording."""
    id = list(world.meetings.recordings)[-1]
    found = world.meetings.advance(id, state)
    follow_provider(
        found,
        room_id=ROOM_ID,
        origin=Origin(actor="webhook"),
        rooms=world.rooms,
        tasks=world.tasks,
        ids=world.ids,
        now=world.clock.now(),
    )


def reservation(world: RoomWorld) -> tuple[Recording, RoomRecordingDetails]:
    (found,) = world.rooms.all_of(Recording)
    return found, details_of(found)


class TestStarting:
    def test_the_provider_is_asked_once_and_its_answer_is_ours(self, world: RoomWorld) -> None:
        recording = start(world)

        details = details_of(recording)
        assert recording == world.recording(recording.id)
        assert recording.id.startswith("rec_")
        assert (recording.state, recording.tenant_id, recording.user_id) == (State.CAPTURING, "acme", "anna")
        assert (details.room_id, details.room_name, details.meeting_id) == (ROOM_ID, "Algebra", MEETING_ID)
        assert details.provider_id in world.meetings.live()
        assert world.room().live_recording == recording.id
        assert world.meetings.asked == ["start_recording"]
        assert [link.recording_id for link in world.rooms.all_of(ProviderLink)] == [recording.id]

    def test_the_provider_is_told_how_long_the_tenant_lets_it_last(self, world: RoomWorld) -> None:
        world.rooms.put(Tenant(id="acme", max_recording_duration_minutes=45))

        start(world)

        assert world.meetings.limits == [45 * 60]

    def test_a_second_start_is_refused_and_the_provider_does_not_hear_of_it(self, world: RoomWorld) -> None:
        start(world)

        with pytest.raises(AlreadyRecording):
            start(world)

        assert world.meetings.asked == ["start_recording"]

    def test_of_two_starts_at_the_same_moment_one_is_refused(self, world: RoomWorld) -> None:
        world.rooms.interrupt(lambda: start(world))

        with pytest.raises(AlreadyRecording):
            start(world)

        assert world.meetings.asked == ["start_recording"]
        assert len(world.rooms.all_of(Recording)) == 1

    @pytest.mark.parametrize(
        ("changes", "failure"),
        [
            pytest.param({"status": RoomStatus.ENDED}, RoomEnded, id="ended"),
            pytest.param({"config": RoomConfig(recording_enabled=False)}, RecordingDisabled, id="disabled"),
            pytest.param({"status": RoomStatus.DELETED}, NotFound, id="deleted"),
            pytest.param({"tenant_id": BERT.tenant_id}, NotFound, id="somebody else's"),
        ],
    )
    def test_a_room_that_cannot_be_recorded_is_left_alone(
        self, world: RoomWorld, changes: dict[str, Any], failure: type[Exception]
    ) -> None:
        world.rooms.put(room(**changes))

        with pytest.raises(failure):
            start(world)

        assert world.meetings.asked == []
        assert world.rooms.all_of(Recording) == []

    @pytest.mark.parametrize(
        "id", ["room_", "rec_aaaaaaaaaaaa0001", "room_AAAAAAAAAAAA0001", "room_aaaaaaaaaaaa/001", ""]
    )
    def test_what_is_no_id_of_a_room_is_not_looked_up(self, world: RoomWorld, id: str) -> None:
        before = world.rooms.reads

        with pytest.raises(NotFound, match="room not found"):
            start(world, room_id=id)

        assert world.rooms.reads == before


class TestRefused:
    def test_the_reservation_goes_and_the_room_is_free(self, world: RoomWorld) -> None:
        world.meetings.refuse()

        with pytest.raises(MeetingRefused):
            start(world)

        assert world.rooms.all_of(Recording) == []
        assert world.room().live_recording is None
        assert start(world).state is State.CAPTURING

    def test_the_key_of_the_request_may_be_used_again(self, world: RoomWorld) -> None:
        world.rooms.put(RESERVED)
        world.meetings.refuse()

        with pytest.raises(MeetingRefused):
            start(world, once=Once(record=RESERVED))

        assert world.rooms.all_of(OnceRecord) == []

    def test_a_recording_that_a_webhook_has_told_of_meanwhile_is_the_answer(self, world: RoomWorld) -> None:
        begun = world.meetings.begin(MEETING_ID)  # by a participant: ours is refused
        world.rooms.interrupt(lambda: world.rooms.interrupt(lambda: hear(world, ProviderState.RECORDING)))

        recording = start(world)

        assert details_of(recording).provider_id == begun.id
        assert world.room().live_recording == recording.id


class TestAnswerLost:
    def test_the_recording_is_found_by_its_meeting(self, world: RoomWorld) -> None:
        world.meetings.lose_answer()

        recording = start(world)

        assert details_of(recording).provider_id in world.meetings.live()
        assert world.meetings.asked == ["start_recording", "active_recording"]

    def test_a_start_that_nobody_knows_of_keeps_its_room_until_its_deadline(self, world: RoomWorld) -> None:
        world.meetings.fail()

        with pytest.raises(MeetingUnavailable, match="not known yet"):
            start(world)

        recording, details = reservation(world)
        deadline = world.clock.now() + START_DEADLINE
        assert (details.provider_id, details.start_deadline, details.look_at) == (None, deadline, deadline)
        assert (world.room().live_recording, world.room().sync_at) == (recording.id, deadline)
        with pytest.raises(AlreadyRecording):
            start(world)

    def test_a_provider_that_is_down_leaves_the_same_behind(self, world: RoomWorld) -> None:
        world.meetings.is_down = True

        with pytest.raises(MeetingUnavailable):
            start(world)

        recording, details = reservation(world)
        assert (recording.state, details.provider_id) == (State.CAPTURING, None)

    def test_a_webhook_before_the_answer_adopts_the_same_recording(self, world: RoomWorld) -> None:
        world.meetings.during_next_call(lambda: hear(world, ProviderState.RECORDING))

        recording = start(world)

        assert [one.id for one in world.rooms.all_of(Recording)] == [recording.id]

    def test_a_whole_recording_before_the_answer_is_the_answer(self, world: RoomWorld) -> None:
        world.meetings.lose_answer()
        world.meetings.during_next_call(lambda: hear(world, ProviderState.UPLOADED))

        recording = start(world)

        assert recording.state is State.PROCESSING
        assert world.room().live_recording is None

    def test_another_recording_of_the_meeting_is_not_taken_for_it(self, world: RoomWorld) -> None:
        earlier = start(world)
        provider_id = details_of(earlier).provider_id
        assert provider_id is not None
        world.rooms.put(room(live_recording=None))  # stopped here, and not yet there
        world.meetings.fail()

        with pytest.raises(MeetingUnavailable, match="not known yet"):
            start(world)

        unknown = [one for one in world.rooms.all_of(Recording) if one.id != earlier.id]
        assert [details_of(one).provider_id for one in unknown] == [None]


class TestSameKeyAgain:
    def test_the_same_recording_is_the_answer(self, world: RoomWorld) -> None:
        world.rooms.put(RESERVED)
        recording = start(world, once=Once(record=RESERVED))
        (record,) = world.rooms.all_of(OnceRecord)

        again = start(world, once=Once(made=record.resource_id))

        assert again == recording
        assert world.meetings.asked == ["start_recording"]

    def test_a_start_whose_answer_was_lost_is_looked_for_again(self, world: RoomWorld) -> None:
        world.rooms.put(RESERVED)
        world.meetings.is_down = True
        with pytest.raises(MeetingUnavailable):
            start(world, once=Once(record=RESERVED))
        (record,) = world.rooms.all_of(OnceRecord)
        world.meetings.is_down = False
        world.meetings.begin(MEETING_ID)

        again = start(world, once=Once(made=record.resource_id))

        assert again.id == record.resource_id
        assert details_of(again).provider_id in world.meetings.live()
