"""Rooms: made, changed, ended and deleted, always together with their meeting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import NotFound
from shared.ports.meetings import MeetingUnavailable
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller, Recording, State
from shared.rooms.domain import (
    SYNC_EVERY,
    ProviderLink,
    ProviderThing,
    Room,
    RoomConfig,
    RoomStatus,
    Tenant,
    next_sync,
)
from shared.rooms.reading import find_room, list_rooms
from shared.rooms.rooms import create_room, delete_room, end_room, update_room
from shared.rooms.starting import start_recording
from tests.unit.examples import ANNA, BERT
from tests.unit.fakes import START
from tests.unit.room_fakes import RoomWorld, room


@pytest.fixture
def world() -> RoomWorld:
    return RoomWorld()


def create(world: RoomWorld, *, by: Caller = ANNA, once: Once | None = None, **config: Any) -> Room:
    return create_room(
        "Algebra",
        RoomConfig(**config),
        by=by,
        once=once or Once(),
        rooms=world.rooms,
        meetings=world.meetings,
        ids=world.ids,
        clock=world.clock,
    )


def update(world: RoomWorld, id: str, *, by: Caller = ANNA, **changes: Any) -> Room:
    return update_room(id, changes, by=by, rooms=world.rooms, meetings=world.meetings, now=world.clock.now())


def ports(world: RoomWorld) -> dict[str, Any]:
    return {
        "rooms": world.rooms,
        "meetings": world.meetings,
        "tasks": world.tasks,
        "ids": world.ids,
        "now": world.clock.now(),
    }


def start(world: RoomWorld, id: str) -> Recording:
    now = ports(world)
    del now["now"]
    return start_recording(id, by=ANNA, once=Once(), clock=world.clock, **now)


class TestCreating:
    def test_a_room_has_a_meeting_and_its_tenant_is_known_from_now_on(self, world: RoomWorld) -> None:
        made = create(world, max_participants=4)

        assert world.room(made.id) == made
        assert made.id.startswith("room_")
        assert (made.status, made.config.max_participants, made.sync_at) == (RoomStatus.ACTIVE, 4, None)
        meeting = world.meetings.meetings[made.meeting_id]
        assert (meeting.title, meeting.record_on_start, meeting.is_active) == ("Algebra", False, True)
        assert world.rooms.all_of(Tenant) == [Tenant(id="acme")]
        link = world.rooms.find_link(ProviderThing.MEETING, made.meeting_id)
        assert link is not None
        assert link.room_id == made.id

    @pytest.mark.parametrize(("wanted", "enabled"), [(True, True), (True, False), (False, True)])
    def test_meetings_are_recorded_by_themselves_where_that_is_wanted_and_allowed(
        self, world: RoomWorld, wanted: bool, enabled: bool
    ) -> None:
        world.rooms.put(Tenant(id="acme", auto_start_recording=wanted))

        made = create(world, recording_enabled=enabled)

        assert made.records_on_start == world.meetings.meetings[made.meeting_id].record_on_start == (wanted and enabled)
        assert (made.sync_at is not None) == made.records_on_start

    def test_a_wish_that_came_meanwhile_is_told_to_the_provider_by_the_next_sync(self, world: RoomWorld) -> None:
        world.rooms.interrupt(lambda: world.rooms.put(Tenant(id="acme", auto_start_recording=True)))

        made = create(world)

        assert (made.records_on_start, made.sync_at) == (False, world.clock.now())

    def test_there_is_no_room_without_a_meeting(self, world: RoomWorld) -> None:
        world.meetings.fail()

        with pytest.raises(MeetingUnavailable):
            create(world)

        assert world.rooms.documents == {}

    def test_the_same_key_again_makes_no_second_meeting(self, world: RoomWorld) -> None:
        made = create(world)

        assert create(world, once=Once(made=made.id)) == made
        assert world.meetings.asked == ["create_meeting"]


class TestChanging:
    def test_only_what_is_sent_changes(self, world: RoomWorld) -> None:
        made = create(world, max_participants=4)

        changed = update(world, made.id, config={"chat_enabled": False, "max_participants": None})

        assert changed.config == RoomConfig(chat_enabled=False)
        assert (changed.name, changed.sync_at) == ("Algebra", None)
        assert world.meetings.asked == ["create_meeting"]

    def test_the_meeting_has_the_same_name(self, world: RoomWorld) -> None:
        made = create(world)

        changed = update(world, made.id, name="Geometry")

        assert changed.name == world.meetings.meetings[made.meeting_id].title == "Geometry"

    def test_a_name_that_the_provider_does_not_take_is_not_ours(self, world: RoomWorld) -> None:
        made = create(world)
        world.meetings.fail()

        with pytest.raises(MeetingUnavailable):
            update(world, made.id, name="Geometry")

        assert world.room(made.id) == made

    def test_a_room_that_may_not_be_recorded_any_more_is_looked_at_by_the_next_sync(self, world: RoomWorld) -> None:
        made = create(world)
        world.clock.advance(timedelta(hours=1))

        changed = update(world, made.id, config={"recording_enabled": False})

        assert changed.sync_at == world.clock.now()

    def test_another_tenants_room_is_none(self, world: RoomWorld) -> None:
        made = create(world)

        with pytest.raises(NotFound, match="room not found"):
            update(world, made.id, by=BERT, name="Mine")

        assert world.meetings.meetings[made.meeting_id].title == "Algebra"


class TestEnding:
    def test_nobody_can_join_and_its_recording_is_stopped(self, world: RoomWorld) -> None:
        made = create(world)
        recording = start(world, made.id)
        world.clock.advance(timedelta(minutes=5))

        ended = end_room(made.id, by=ANNA, **ports(world))

        assert (ended.status, ended.ended_at) == (RoomStatus.ENDED, world.clock.now())
        assert not world.meetings.meetings[made.meeting_id].is_active
        assert world.recording(recording.id).state is State.PROCESSING
        assert world.room(made.id).live_recording is None

    def test_what_its_meeting_recorded_until_then_is_looked_for_once_more(self, world: RoomWorld) -> None:
        world.rooms.put(Tenant(id="acme", auto_start_recording=True))
        made = create(world)
        world.clock.advance(timedelta(minutes=5))

        ended = end_room(made.id, by=ANNA, **ports(world))

        assert ended.sync_at == world.clock.now()

    def test_it_ends_once_and_what_failed_is_done_by_the_next_call(self, world: RoomWorld) -> None:
        made = create(world)
        recording = start(world, made.id)
        first = world.clock.now()
        world.meetings.during_next_call(lambda: setattr(world.meetings, "is_down", True))
        with pytest.raises(MeetingUnavailable):
            end_room(made.id, by=ANNA, **ports(world))
        assert world.room(made.id).status is RoomStatus.ENDED
        world.meetings.is_down = False
        world.clock.advance(timedelta(minutes=5))

        again = end_room(made.id, by=ANNA, **ports(world))

        assert again.ended_at == first
        assert world.recording(recording.id).state is State.PROCESSING

    def test_it_does_not_end_while_people_can_still_join(self, world: RoomWorld) -> None:
        made = create(world)
        world.meetings.fail()

        with pytest.raises(MeetingUnavailable):
            end_room(made.id, by=ANNA, **ports(world))

        assert world.room(made.id) == made


class TestDeleting:
    def test_nobody_sees_it_and_its_recordings_stay(self, world: RoomWorld) -> None:
        made = create(world)
        recording = start(world, made.id)

        delete_room(made.id, by=ANNA, **ports(world))

        assert list_rooms(by=ANNA, limit=10, offset=0, rooms=world.rooms).total == 0
        assert world.recording(recording.id).state is State.PROCESSING
        with pytest.raises(NotFound, match="room not found"):
            find_room(made.id, by=ANNA, rooms=world.rooms)
        with pytest.raises(NotFound):
            delete_room(made.id, by=ANNA, **ports(world))

    def test_what_its_meeting_recorded_still_finds_its_way(self, world: RoomWorld) -> None:
        made = create(world)

        delete_room(made.id, by=ANNA, **ports(world))

        assert world.room(made.id).status is RoomStatus.DELETED
        assert len(world.rooms.all_of(ProviderLink)) == 1
        assert [one.id for one in world.rooms.rooms_to_sync(world.clock.now(), limit=10)] == [made.id]


@pytest.mark.parametrize(
    ("changes", "has_open", "is_synced"),
    [
        pytest.param({}, False, False, id="quiet"),
        pytest.param({}, True, True, id="open"),
        pytest.param({"records_on_start": True}, False, True, id="records by itself"),
        pytest.param({"records_on_start": True, "status": RoomStatus.ENDED}, False, False, id="ended"),
        pytest.param({"status": RoomStatus.DELETED}, True, True, id="deleted with an open one"),
    ],
)
def test_a_room_is_synced_while_something_may_come_of_it(
    changes: dict[str, Any], has_open: bool, is_synced: bool
) -> None:
    expected = START + SYNC_EVERY if is_synced else None

    assert next_sync(room(**changes), has_open=has_open, now=START) == expected


def test_pages_of_a_list_are_the_whole_list_newest_first(world: RoomWorld) -> None:
    made = []
    for _ in range(7):
        made.append(create(world).id)
        world.clock.advance(timedelta(seconds=1))
    create(world, by=BERT)

    pages = [list_rooms(by=ANNA, limit=3, offset=offset, rooms=world.rooms) for offset in (0, 3, 6, 9)]

    assert [one.id for page in pages for one in page.items] == made[::-1]
    assert {page.total for page in pages} == {7}
