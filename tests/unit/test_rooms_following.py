"""What the provider says of a recording reaches ours once, in any order, and never moves it back."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations, product
from typing import Any

import pytest

from shared.errors import Upstream
from shared.ports.meetings import ProviderRecording, ProviderState
from shared.recordings.lifecycle import Origin
from shared.recordings.recording import Failure, Recording, State
from shared.recordings.runs import Run, RunState, start_run
from shared.rooms.deleting import bury
from shared.rooms.domain import STALLED_AFTER, START_DEADLINE, SYNC_EVERY, DeletedBy, ProviderLink, ProviderThing
from shared.rooms.following import Followed, follow_provider, give_up, note_miss, start_import
from shared.rooms.reading import details_of
from shared.structs import replace
from tests.unit.fakes import START
from tests.unit.room_fakes import ROOM_ID, RoomWorld, room, room_recording

PROVIDER_ID = "11111111-0000-4000-8000-000000000001"
OTHER_ID = "11111111-0000-4000-8000-000000000002"
LOOK = Origin(actor="job:test")
LIVE = (ProviderState.INVOKED, ProviderState.RECORDING, ProviderState.PAUSED)
CLOSED = (State.READY, State.ARCHIVED, State.FAILED)

#: news, ours before, ours after; whether an import is begun
KNOWN = [
    *((news, State.CAPTURING, State.CAPTURING, False) for news in LIVE),
    (ProviderState.UPLOADING, State.CAPTURING, State.PROCESSING, False),
    (ProviderState.UPLOADED, State.CAPTURING, State.PROCESSING, True),
    (ProviderState.ERRORED, State.CAPTURING, State.FAILED, False),
    *((news, State.PROCESSING, State.PROCESSING, False) for news in LIVE),
    (ProviderState.UPLOADING, State.PROCESSING, State.PROCESSING, False),
    (ProviderState.UPLOADED, State.PROCESSING, State.PROCESSING, True),
    (ProviderState.ERRORED, State.PROCESSING, State.FAILED, False),
    *((news, ours, ours, False) for news, ours in product(ProviderState, CLOSED)),
]
#: news; what becomes of a start that it answers, or of a recording that nobody asked for
NEW = [
    *((news, State.CAPTURING, False) for news in LIVE),
    (ProviderState.UPLOADING, State.PROCESSING, False),
    (ProviderState.UPLOADED, State.PROCESSING, True),
    (ProviderState.ERRORED, State.FAILED, False),
]


def said(state: ProviderState, *, id: str = PROVIDER_ID, **facts: object) -> ProviderRecording:
    """What the provider says of a recording that began when the tests do."""
    stopped_at = None if state in LIVE else START + timedelta(minutes=1)
    found = ProviderRecording(id=id, state=state, invoked_at=START, started_at=START, stopped_at=stopped_at)
    return replace(found, **facts)  # type: ignore[arg-type]


def link(recording: Recording, *, provider_id: str = PROVIDER_ID) -> ProviderLink:
    return ProviderLink(
        thing=ProviderThing.RECORDING,
        provider_id=provider_id,
        room_id=ROOM_ID,
        recording_id=recording.id,
        created_at=START,
    )


@pytest.fixture
def world() -> RoomWorld:
    world = RoomWorld()
    world.rooms.put(room())
    return world


def known(world: RoomWorld, state: State, **details: Any) -> Recording:
    """A recording that the provider has told of before."""
    recording = room_recording(state, provider_id=PROVIDER_ID, started_at=START, **details)
    live = recording.id if state is State.CAPTURING else None
    world.rooms.put(recording, link(recording), room(live_recording=live, sync_at=START))
    return recording


def reservation(world: RoomWorld) -> Recording:
    """A start whose outcome is not known."""
    deadline = START + START_DEADLINE
    recording = room_recording(State.CAPTURING, start_deadline=deadline, look_at=deadline)
    world.rooms.put(recording, room(live_recording=recording.id, sync_at=deadline))
    return recording


def importing(world: RoomWorld, state: RunState = RunState.LIVE) -> Recording:
    """A recording whose file is being fetched, or was."""
    run = replace(start_run("run-1", "rec_aaaaaaaaaaaa0001", "room_import", source=None, now=START), state=state)
    recording = replace(known(world, State.PROCESSING), current_run=run.id)
    world.rooms.put(recording, run)
    return recording


def follow(
    world: RoomWorld, found: ProviderRecording, *, recording_id: str | None = None, again: bool = False
) -> Followed:
    return follow_provider(
        found,
        room_id=ROOM_ID,
        origin=LOOK,
        rooms=world.rooms,
        tasks=world.tasks,
        ids=world.ids,
        now=world.clock.now(),
        recording_id=recording_id,
        again=again,
    )


def imports(world: RoomWorld) -> list[Run]:
    return [run for run in world.rooms.all_of(Run) if run.state is RunState.LIVE]


def check_room(world: RoomWorld) -> None:
    """The room names exactly its live recording, and is synced while any is open."""
    recordings = world.rooms.all_of(Recording)
    live = [one.id for one in recordings if one.state is State.CAPTURING]
    assert live == ([world.room().live_recording] if world.room().live_recording else [])
    if any(one.state in (State.CAPTURING, State.PROCESSING) for one in recordings):
        assert world.room().sync_at is not None


@pytest.mark.parametrize(("news", "before", "after", "is_import_begun"), KNOWN)
def test_news_of_a_known_recording_moves_it_by_the_table(
    world: RoomWorld, news: ProviderState, before: State, after: State, is_import_begun: bool
) -> None:
    recording = known(world, before)

    followed = follow(world, said(news))

    assert followed.recording == world.recording(recording.id)
    assert followed.recording.state is after
    assert bool(imports(world)) is is_import_begun
    assert len(world.tasks.waiting) == len(imports(world))
    check_room(world)


@pytest.mark.parametrize(("news", "after", "is_import_begun"), NEW)
@pytest.mark.parametrize("is_asked_for", [True, False])
def test_a_start_is_answered_by_news_in_any_state(
    world: RoomWorld, news: ProviderState, after: State, is_import_begun: bool, is_asked_for: bool
) -> None:
    reserved = reservation(world)

    followed = follow(world, said(news), recording_id=reserved.id if is_asked_for else None)

    assert followed.changed
    assert [one.id for one in world.rooms.all_of(Recording)] == [reserved.id]
    assert world.recording(reserved.id).state is after
    assert details_of(world.recording(reserved.id)).provider_id == PROVIDER_ID
    assert details_of(world.recording(reserved.id)).start_deadline is None
    assert bool(imports(world)) is is_import_begun
    check_room(world)


@pytest.mark.parametrize(("news", "after", "is_import_begun"), NEW)
def test_what_began_without_us_becomes_a_recording_of_its_room(
    world: RoomWorld, news: ProviderState, after: State, is_import_begun: bool
) -> None:
    followed = follow(world, said(news))

    assert followed.changed
    assert followed.recording is not None
    assert (followed.recording.tenant_id, followed.recording.state) == (room().tenant_id, after)
    assert details_of(followed.recording).room_name == room().name
    assert bool(imports(world)) is is_import_begun
    check_room(world)


@pytest.mark.parametrize(("news", "after", "is_import_begun"), NEW)
def test_the_same_news_twice_is_no_news(
    world: RoomWorld, news: ProviderState, after: State, is_import_begun: bool
) -> None:
    first = follow(world, said(news))
    world.clock.advance(timedelta(minutes=3))

    second = follow(world, said(news))

    assert second == Followed(recording=first.recording, changed=False)
    assert len(world.rooms.all_of(Recording)) == 1
    assert len(imports(world)) == is_import_begun


@pytest.mark.parametrize("is_started_by_us", [True, False])
@pytest.mark.parametrize(
    "order", list(permutations((ProviderState.RECORDING, ProviderState.UPLOADING, ProviderState.UPLOADED)))
)
def test_news_ends_the_same_in_every_order(
    world: RoomWorld, order: tuple[ProviderState, ...], is_started_by_us: bool
) -> None:
    if is_started_by_us:
        reservation(world)

    for news in order:
        follow(world, said(news))

    (recording,) = world.rooms.all_of(Recording)
    assert recording.state is State.PROCESSING
    assert len(imports(world)) == 1
    assert world.room().live_recording is None
    assert details_of(recording).stopped_at == START + timedelta(minutes=1)


def test_facts_are_taken_over_as_they_become_known(world: RoomWorld) -> None:
    stopped_at = START + timedelta(minutes=1)
    reserved = reservation(world)

    follow(world, ProviderRecording(id=PROVIDER_ID, state=ProviderState.INVOKED, invoked_at=START))
    begun = details_of(world.recording(reserved.id))
    follow(world, said(ProviderState.UPLOADING, stopped_at=None))
    world.clock.advance(timedelta(minutes=5))
    follow(world, said(ProviderState.UPLOADED, stopped_at=stopped_at, duration_seconds=60.0, size_bytes=1000))
    known = details_of(world.recording(reserved.id))

    assert (begun.started_at, begun.stopped_at, begun.ended_at, begun.look_at) == (START, None, None, None)
    assert (known.started_at, known.stopped_at, known.ended_at) == (START, stopped_at, START)
    assert (known.duration_seconds, known.size_bytes) == (60.0, 1000)
    assert known.look_at == world.clock.now() + STALLED_AFTER


def test_a_room_without_a_turn_gets_one_when_something_begins_in_it(world: RoomWorld) -> None:
    follow(world, said(ProviderState.RECORDING))

    assert world.room().sync_at == START + SYNC_EVERY


def test_an_old_recording_is_not_the_answer_to_a_new_start(world: RoomWorld) -> None:
    reserved = reservation(world)
    began = START - timedelta(minutes=30)

    followed = follow(world, said(ProviderState.UPLOADED, invoked_at=began, started_at=began))

    assert followed.recording is not None
    assert followed.recording.id != reserved.id
    assert details_of(world.recording(reserved.id)).provider_id is None
    check_room(world)


def test_a_later_recording_takes_the_place_of_the_live_one(world: RoomWorld) -> None:
    earlier = known(world, State.CAPTURING)
    later = START + timedelta(minutes=5)

    followed = follow(world, said(ProviderState.RECORDING, id=OTHER_ID, invoked_at=later, started_at=later))

    assert followed.recording is not None
    assert world.room().live_recording == followed.recording.id
    assert world.recording(earlier.id).state is State.PROCESSING
    check_room(world)


def test_late_news_of_an_earlier_recording_leaves_the_live_one_alone(world: RoomWorld) -> None:
    live = known(world, State.CAPTURING)
    earlier = START - timedelta(minutes=5)

    followed = follow(world, said(ProviderState.RECORDING, id=OTHER_ID, invoked_at=earlier, started_at=earlier))

    assert followed.recording is not None
    assert followed.recording.state is State.PROCESSING
    assert world.room().live_recording == live.id
    check_room(world)


def test_what_was_deleted_is_not_found_again(world: RoomWorld) -> None:
    recording = known(world, State.PROCESSING)
    world.rooms.transact(
        lambda transaction: bury(transaction, recording, deleted_by=DeletedBy.OWNER, now=START),
    )

    followed = follow(world, said(ProviderState.UPLOADED))

    assert followed == Followed(recording=None)
    assert not world.rooms.all_of(Recording)
    assert not imports(world)


def test_news_of_an_unknown_room_is_nobodys(world: RoomWorld) -> None:
    followed = follow_provider(
        said(ProviderState.RECORDING),
        room_id="room_bbbbbbbbbbbb0001",
        origin=LOOK,
        rooms=world.rooms,
        tasks=world.tasks,
        ids=world.ids,
        now=START,
    )

    assert followed == Followed(recording=None)


def test_two_at_once_take_a_recording_once(world: RoomWorld) -> None:
    world.rooms.interrupt(lambda: follow(world, said(ProviderState.UPLOADED)))

    followed = follow(world, said(ProviderState.UPLOADED))

    assert not followed.changed
    assert [one.id for one in world.rooms.all_of(Recording)] == [followed.recording.id if followed.recording else ""]
    assert len(imports(world)) == len(world.tasks.waiting) == 1


def test_the_task_of_an_import_that_could_not_be_queued_is_queued_by_the_next_news(world: RoomWorld) -> None:
    world.tasks.is_down = True
    with pytest.raises(Upstream):
        follow(world, said(ProviderState.UPLOADED))
    world.tasks.is_down = False

    followed = follow(world, said(ProviderState.UPLOADED))

    assert not followed.changed
    assert len(world.tasks.waiting) == 1


def test_an_import_that_failed_is_begun_again_only_if_that_is_wanted(world: RoomWorld) -> None:
    recording = importing(world, RunState.FAILED)

    unasked = follow(world, said(ProviderState.UPLOADED))
    asked = follow(world, said(ProviderState.UPLOADED), again=True)

    assert unasked.recording is not None
    assert unasked.recording.current_run == recording.current_run
    assert asked.changed
    assert [run.id for run in imports(world)] == [world.recording(recording.id).current_run]


def test_an_import_under_way_is_not_begun_again_nor_ended_by_news(world: RoomWorld) -> None:
    recording = importing(world)

    follow(world, said(ProviderState.UPLOADED), again=True)
    follow(world, said(ProviderState.ERRORED))

    assert world.recording(recording.id).state is State.PROCESSING
    assert [run.id for run in imports(world)] == ["run-1"]


def test_an_errored_recording_says_why_it_failed(world: RoomWorld) -> None:
    recording = known(world, State.CAPTURING)

    follow(world, said(ProviderState.ERRORED))

    failure = world.recording(recording.id).failure
    assert failure is not None
    assert failure.code == "provider_errored"
    assert details_of(world.recording(recording.id)).ended_at == START + timedelta(minutes=1)


def test_an_import_begins_anew_unless_one_is_under_way_or_there_is_nothing_to_fetch(world: RoomWorld) -> None:
    failed = importing(world, RunState.FAILED)
    ready = room_recording(State.READY, id="rec_aaaaaaaaaaaa0002")
    world.rooms.put(ready)

    def begin(recording: Recording) -> Run | None:
        return start_import(
            recording, origin=LOOK, rooms=world.rooms, tasks=world.tasks, ids=world.ids, now=world.clock.now()
        )

    first, second = begin(failed), begin(failed)

    assert first is not None
    assert first == second
    assert world.recording(failed.id).current_run == first.id
    assert begin(ready) is None
    assert len(world.tasks.waiting) == 1


@pytest.mark.parametrize("state", [State.CAPTURING, State.PROCESSING])
def test_giving_up_frees_the_room(world: RoomWorld, state: State) -> None:
    recording = known(world, state)
    failure = Failure(code="lost", message="It is lost.")

    has_failed = give_up(recording.id, failure, origin=LOOK, rooms=world.rooms, now=START)

    assert has_failed
    assert world.recording(recording.id).failure == failure
    assert details_of(world.recording(recording.id)).ended_at == START
    check_room(world)


@pytest.mark.parametrize("state", CLOSED)
def test_what_has_ended_is_not_given_up(world: RoomWorld, state: State) -> None:
    recording = known(world, state)

    assert not give_up(recording.id, Failure(code="lost", message=""), origin=LOOK, rooms=world.rooms, now=START)
    assert world.recording(recording.id) == recording


def test_an_import_under_way_is_not_given_up(world: RoomWorld) -> None:
    recording = importing(world)

    assert not give_up(recording.id, Failure(code="lost", message=""), origin=LOOK, rooms=world.rooms, now=START)
    assert world.recording(recording.id) == recording


def test_a_start_that_nobody_knows_of_fails_when_it_was_missed_twice_past_its_deadline(world: RoomWorld) -> None:
    reserved = reservation(world)

    def miss() -> bool:
        return note_miss(reserved.id, origin=LOOK, rooms=world.rooms, now=world.clock.now())

    early = miss()
    world.clock.advance(START_DEADLINE)
    first, at_the_same_time = miss(), miss()
    missed = details_of(world.recording(reserved.id)).start_misses
    world.clock.advance(START_DEADLINE)
    second = miss()

    assert (early, first, at_the_same_time, second) == (False, False, False, True)
    assert missed == 1
    assert world.recording(reserved.id).state is State.FAILED
    assert world.room().live_recording is None


def test_a_start_that_was_answered_is_not_missed(world: RoomWorld) -> None:
    recording = known(world, State.CAPTURING)
    world.clock.advance(timedelta(hours=1))

    assert not note_miss(recording.id, origin=LOOK, rooms=world.rooms, now=world.clock.now())
    assert world.recording(recording.id) == recording


def test_news_of_a_start_that_was_given_up_becomes_another_recording(world: RoomWorld) -> None:
    reserved = reservation(world)
    for _ in range(2):
        world.clock.advance(START_DEADLINE)
        note_miss(reserved.id, origin=LOOK, rooms=world.rooms, now=world.clock.now())

    followed = follow(world, said(ProviderState.RECORDING), recording_id=reserved.id)

    assert followed.recording is not None
    assert followed.recording.id != reserved.id
    assert world.recording(reserved.id).state is State.FAILED
    check_room(world)
