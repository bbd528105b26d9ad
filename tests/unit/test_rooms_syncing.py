"""A sync finds whatever happened at the provider, once, and a job syncs every room that is due."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import NotFound, Upstream
from shared.ports.meetings import MeetingUnavailable, ProviderState
from shared.recordings.attending import WORKS_FOR
from shared.recordings.recording import Recording, State
from shared.recordings.runs import Run
from shared.rooms.domain import PROVIDER_KEEPS_FOR, START_DEADLINE, SYNC_EVERY, RoomConfig, RoomStatus, Tenant
from shared.rooms.reading import details_of
from shared.rooms.syncing import sync_all, sync_recordings
from shared.structs import replace
from tests.unit.examples import ANNA, BERT
from tests.unit.fakes import START
from tests.unit.room_fakes import MEETING_ID, ROOM_ID, RoomWorld, room, room_recording


@pytest.fixture
def world() -> RoomWorld:
    world = RoomWorld()
    world.rooms.put(room(), Tenant(id=ANNA.tenant_id))
    return world


def sync(world: RoomWorld) -> list[Recording]:
    return sync_recordings(
        ROOM_ID,
        by=ANNA,
        rooms=world.rooms,
        meetings=world.meetings,
        tasks=world.tasks,
        ids=world.ids,
        now=world.clock.now(),
    )


def run_job(world: RoomWorld) -> tuple[int, int]:
    """What a run of the job looked at, and what it changed."""
    swept = sync_all(rooms=world.rooms, meetings=world.meetings, tasks=world.tasks, ids=world.ids, clock=world.clock)
    return swept.looked_at, swept.changed


def reserve(world: RoomWorld) -> Recording:
    deadline = world.clock.now() + START_DEADLINE
    reserved = room_recording(State.CAPTURING, start_deadline=deadline, look_at=deadline)
    world.rooms.put(reserved, room(live_recording=reserved.id, sync_at=deadline))
    return reserved


def test_everything_that_the_meeting_has_recorded_is_found_once(world: RoomWorld) -> None:
    earlier = world.meetings.begin(MEETING_ID)
    world.meetings.advance(earlier.id, ProviderState.UPLOADED)
    world.clock.advance(timedelta(hours=1))
    world.meetings.begin(MEETING_ID)

    first, second = sync(world), sync(world)

    assert [one.state for one in first] == [State.PROCESSING, State.CAPTURING]
    assert second == []
    assert world.room().live_recording == first[1].id
    assert len(world.rooms.all_of(Run)) == 1


def test_a_recording_that_stopped_unheard_moves_on(world: RoomWorld) -> None:
    begun = world.meetings.begin(MEETING_ID)
    (recording,) = sync(world)
    world.meetings.advance(begun.id, ProviderState.UPLOADING)

    changed = sync(world)

    assert [(one.id, one.state) for one in changed] == [(recording.id, State.PROCESSING)]
    assert world.room().live_recording is None
    assert world.room().sync_at == START + SYNC_EVERY


def test_a_start_whose_answer_was_lost_is_adopted(world: RoomWorld) -> None:
    reserved = reserve(world)
    begun = world.meetings.begin(MEETING_ID)

    changed = sync(world)

    assert [one.id for one in changed] == [reserved.id]
    assert details_of(world.recording(reserved.id)).provider_id == begun.id


def test_a_start_that_never_arrived_fails_and_frees_the_room(world: RoomWorld) -> None:
    reserved = reserve(world)
    world.clock.advance(START_DEADLINE)

    first = sync(world)
    still_live = world.room().live_recording
    world.clock.advance(START_DEADLINE)
    second = sync(world)

    assert (first, still_live) == ([], reserved.id)
    assert [(one.id, one.state) for one in second] == [(reserved.id, State.FAILED)]
    assert world.room().live_recording is None
    assert world.room().sync_at is None


def test_a_recording_that_is_not_listed_any_more_is_asked_for(world: RoomWorld) -> None:
    begun = world.meetings.begin(MEETING_ID)
    (recording,) = sync(world)
    world.clock.advance(PROVIDER_KEEPS_FOR + timedelta(days=2))
    world.meetings.advance(begun.id, ProviderState.UPLOADING)

    changed = sync(world)

    assert [(one.id, one.state) for one in changed] == [(recording.id, State.PROCESSING)]
    assert world.meetings.asked[-1] == "find_recording"


def test_a_recording_that_the_provider_forgot_has_failed_unless_it_is_brand_new(world: RoomWorld) -> None:
    begun = world.meetings.begin(MEETING_ID)
    (recording,) = sync(world)
    world.meetings.forget(begun.id)

    at_once = sync(world)
    world.clock.advance(START_DEADLINE)
    later = sync(world)

    assert at_once == []
    assert [(one.id, one.failure.code if one.failure else None) for one in later] == [(recording.id, "provider_lost")]


@pytest.mark.parametrize("wanted", [True, False])
def test_the_provider_is_told_whether_to_record_every_meeting(world: RoomWorld, wanted: bool) -> None:
    world.rooms.put(Tenant(id=ANNA.tenant_id, auto_start_recording=wanted), room(records_on_start=not wanted))

    sync(world)
    told = list(world.meetings.asked)
    sync(world)

    assert world.meetings.meetings[MEETING_ID].record_on_start is wanted
    assert world.room().records_on_start is wanted
    assert world.room().sync_at == (START + SYNC_EVERY if wanted else None)
    assert told.count("update_meeting") == world.meetings.asked.count("update_meeting") == 1


@pytest.mark.parametrize(
    "changes",
    [{"status": RoomStatus.ENDED}, {"config": RoomConfig(recording_enabled=False)}],
    ids=["ended", "recording disabled"],
)
def test_a_room_that_must_not_be_recorded_is_not_recorded_by_itself(
    world: RoomWorld, changes: dict[str, object]
) -> None:
    world.rooms.put(Tenant(id=ANNA.tenant_id, auto_start_recording=True), room(**changes))

    sync(world)

    assert "update_meeting" not in world.meetings.asked
    assert world.room().sync_at is None


def test_a_turn_that_was_set_during_a_sync_is_kept(world: RoomWorld) -> None:
    world.rooms.put(room(sync_at=START + SYNC_EVERY))
    world.meetings.during_next_call(lambda: world.rooms.put(room(sync_at=START)))

    sync(world)

    assert world.room().sync_at == START


def test_somebody_elses_room_cannot_be_synced(world: RoomWorld) -> None:
    with pytest.raises(NotFound):
        sync_recordings(
            ROOM_ID,
            by=BERT,
            rooms=world.rooms,
            meetings=world.meetings,
            tasks=world.tasks,
            ids=world.ids,
            now=START,
        )

    assert world.meetings.asked == []


def test_a_sync_says_when_the_provider_does_not_answer(world: RoomWorld) -> None:
    world.meetings.is_down = True

    with pytest.raises(MeetingUnavailable) as refused:
        sync(world)

    assert isinstance(refused.value, Upstream)
    assert refused.value.status == 502


def due_rooms(world: RoomWorld, count: int) -> list[str]:
    """So many rooms that are due, the first one the longest."""
    ids = [f"room_aaaaaaaaaaaa1{number:03d}" for number in range(count)]
    for number, id in enumerate(ids):
        world.rooms.put(room(id=id, meeting_id=f"meeting-{number}", sync_at=START - timedelta(minutes=count - number)))
    return ids


def test_the_job_syncs_every_room_that_is_due_and_no_other(world: RoomWorld) -> None:
    ids = due_rooms(world, 120)
    world.rooms.put(room(sync_at=START + SYNC_EVERY))
    world.meetings.begin("meeting-0")
    world.meetings.begin("meeting-119")

    first, second = run_job(world), run_job(world)

    assert first == (120, 2)
    assert second == (0, 0)
    assert [one.sync_at is not None for one in map(world.rooms.find_room, ids) if one].count(True) == 2


def test_a_room_that_comes_due_a_moment_after_the_job_is_not_left_to_the_next(world: RoomWorld) -> None:
    world.rooms.put(room(sync_at=START + timedelta(seconds=5)))

    assert run_job(world) == (1, 0)


def test_a_room_that_fails_does_not_keep_the_others_waiting(world: RoomWorld) -> None:
    ids = due_rooms(world, 3)
    world.meetings.begin("meeting-2")
    world.meetings.fail()

    looked_at, changed = run_job(world)
    failed = world.rooms.find_room(ids[0])

    assert (looked_at, changed) == (3, 1)
    assert failed is not None
    assert failed.sync_at == START + SYNC_EVERY


def test_two_jobs_at_once_take_each_room_once(world: RoomWorld) -> None:
    due_rooms(world, 3)
    others: list[tuple[int, int]] = []
    world.meetings.during_next_call(lambda: others.append(run_job(world)))

    looked_at, _ = run_job(world)

    assert (looked_at, others) == (1, [(2, 0)])


def test_the_job_stops_in_time_and_the_next_one_goes_on(world: RoomWorld) -> None:
    due_rooms(world, 3)
    world.meetings.during_next_call(lambda: world.clock.advance(WORKS_FOR + timedelta(seconds=1)))

    first, second = run_job(world), run_job(world)

    assert (first[0], second[0]) == (1, 2)


def test_a_deleted_rooms_last_recording_is_still_followed(world: RoomWorld) -> None:
    begun = world.meetings.begin(MEETING_ID)
    (recording,) = sync(world)
    world.meetings.advance(begun.id, ProviderState.UPLOADED)
    world.rooms.put(replace(world.room(), status=RoomStatus.DELETED))
    world.clock.advance(SYNC_EVERY)

    assert run_job(world) == (1, 1)
    assert world.recording(recording.id).state is State.PROCESSING
