"""The end of retention: recordings go, their files go, and a crash in between is made up for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.errors import Upstream
from shared.recordings import attending
from shared.recordings.attending import PAGE, Swept
from shared.recordings.deleting import WRITERS_ARE_GONE_AFTER
from shared.recordings.recording import Bucket, Recording, State
from shared.recordings.runs import Run, RunState, StepState
from shared.rooms.deleting import bury
from shared.rooms.domain import PROVIDER_KEEPS_FOR, DeletedBy, file_key
from shared.rooms.expiring import expire_retention
from shared.structs import replace
from tests.unit.examples import BERT
from tests.unit.fake_files import Crash, FakeFiles
from tests.unit.upkeep_world import A_DAY, UpkeepWorld, id_of

RETENTION = timedelta(days=30)
THUMBNAIL = f"rooms/{id_of(1)}/runs/run1/probe_recording.1/thumbnail.jpg"


@pytest.fixture
def world() -> UpkeepWorld:
    return UpkeepWorld()


def expire(world: UpkeepWorld) -> Swept:
    return expire_retention(rooms=world.rooms, hot=world.hot, cold=world.cold, media=world.media, clock=world.clock)


def delete(world: UpkeepWorld, recording: Recording) -> None:
    """Delete a recording as its owner does."""
    now = world.clock.now()
    world.rooms.transact(lambda transaction: bury(transaction, recording, deleted_by=DeletedBy.OWNER, now=now))


def is_gone(world: UpkeepWorld, number: int = 1) -> bool:
    return world.rooms.find(id_of(number)) is None


def test_a_recording_is_kept_until_its_retention_is_over(world: UpkeepWorld) -> None:
    world.add_ready(age=RETENTION - timedelta(seconds=1))

    swept = expire(world)

    assert not is_gone(world)
    assert world.hot.contents
    assert swept == Swept()


def test_past_its_retention_a_recording_is_deleted_by_it_and_none_of_its_files_stays(world: UpkeepWorld) -> None:
    recording = world.add_ready(age=RETENTION)
    world.media.save(THUMBNAIL, b"jpeg", content_type="image/jpeg")

    swept = expire(world)

    deleted = world.deleted()
    assert is_gone(world)
    assert (deleted.deleted_by, deleted.has_files, deleted.recording) == (DeletedBy.RETENTION, False, recording)
    assert not world.hot.contents
    assert world.media.names(Bucket.MEDIA) == []
    assert swept == Swept(looked_at=1, changed=1)


def test_an_archived_recording_loses_its_copy(world: UpkeepWorld) -> None:
    world.add_archived(age=RETENTION)

    expire(world)

    assert is_gone(world)
    assert not world.cold.contents


def test_what_an_interrupted_archive_left_in_the_cold_store_goes_too(world: UpkeepWorld) -> None:
    recording = world.add_ready(age=RETENTION)
    world.begin_run(recording, "room_archive")
    world.cold.begin(file_key(recording.id), content_type="video/mp4")

    expire(world)

    assert not world.cold.uploads


def test_the_cold_store_is_not_asked_about_what_was_never_archived(world: UpkeepWorld) -> None:
    world.add_ready(age=RETENTION)
    world.cold = Unavailable(world)

    expire(world)

    assert not world.deleted().has_files


@pytest.mark.parametrize(
    ("state", "age", "goes"),
    [
        (State.CAPTURING, RETENTION, False),
        (State.FAILED, RETENTION, True),
        (State.PROCESSING, RETENTION, True),
    ],
)
def test_whatever_has_ended_goes_and_what_is_under_way_stays(
    state: State, age: timedelta, goes: bool, world: UpkeepWorld
) -> None:
    world.add(state, age=age)

    expire(world)

    assert is_gone(world) is goes


@pytest.mark.parametrize(("age", "goes"), [(PROVIDER_KEEPS_FOR - A_DAY, False), (PROVIDER_KEEPS_FOR, True)])
def test_while_the_provider_has_a_file_that_was_not_imported_it_is_waited_for(
    age: timedelta, goes: bool, world: UpkeepWorld
) -> None:
    world.retain(days=2)
    world.add(State.PROCESSING, age=age)

    expire(world)

    assert is_gone(world) is goes


def test_each_tenant_has_its_own_retention(world: UpkeepWorld) -> None:
    world.retain(days=90, tenant_id=BERT.tenant_id)
    world.add_ready(number=1, age=RETENTION)
    theirs = world.add_ready(number=2, age=RETENTION)
    world.rooms.put(replace(theirs, tenant_id=BERT.tenant_id))

    expire(world)

    assert is_gone(world, 1)
    assert not is_gone(world, 2)


def test_a_tenant_that_prolongs_its_retention_meanwhile_keeps_its_recordings(world: UpkeepWorld) -> None:
    world.add_ready(age=RETENTION)
    world.rooms.interrupt(lambda: world.retain(days=60))

    expire(world)

    assert not is_gone(world)
    assert world.hot.contents


def test_what_its_owner_has_deleted_keeps_its_files_until_its_retention_is_over(world: UpkeepWorld) -> None:
    delete(world, world.add_ready(age=RETENTION - A_DAY))

    expire(world)
    kept = world.deleted().has_files
    world.clock.advance(A_DAY)
    expire(world)

    assert kept
    assert not world.deleted().has_files
    assert world.deleted().deleted_by is DeletedBy.OWNER
    assert not world.hot.contents


def test_files_are_not_said_to_be_gone_while_an_attempt_of_a_step_may_still_be_writing(world: UpkeepWorld) -> None:
    recording = world.add(State.PROCESSING, age=RETENTION)
    run = world.begin_run(recording, "room_import")
    working = replace(run.steps["import_recording"], state=StepState.RUNNING)
    world.rooms.put(replace(run, steps={**run.steps, "import_recording": working}))

    expire(world)
    world.store(world.hot)  # what the attempt had under way
    first = world.deleted().has_files
    world.clock.advance(WRITERS_ARE_GONE_AFTER)
    expire(world)

    assert first
    assert not world.deleted().has_files
    assert not world.hot.contents


def test_with_the_files_go_the_runs_that_made_them(world: UpkeepWorld) -> None:
    recording = world.add_ready(age=RETENTION)
    run = world.begin_run(recording, "room_import")
    world.rooms.put(replace(run, state=RunState.DONE))

    expire(world)

    assert world.rooms.all_of(Run) == []


def test_the_next_call_finishes_what_a_crash_has_interrupted_wherever_that_was(world: UpkeepWorld) -> None:
    for effect in range(2):
        for after in (False, True):
            number = 1 + effect * 2 + after
            world.add_archived(number=number, age=RETENTION)
            world.store(world.hot, number)
            mortal = (world.hot, world.cold)[effect]
            mortal._mortality.die_at(0, after=after)
            with pytest.raises(Crash):
                expire(world)
            mortal._mortality.live()

            expire(world)

            assert not world.deleted(number).has_files
            assert not world.hot.contents
            assert not world.cold.contents


def test_two_at_once_do_no_harm(world: UpkeepWorld) -> None:
    for number in (1, 2):
        world.add_ready(number=number, age=RETENTION)
    world.rooms.interrupt(lambda: expire(world))

    expire(world)

    assert is_gone(world, 1)
    assert is_gone(world, 2)
    assert not world.hot.contents


class Unavailable(FakeFiles):
    """A store that answers for nothing, or for some keys only."""

    def __init__(self, world: UpkeepWorld, broken: Callable[[str], bool] = lambda _: True) -> None:
        super().__init__(world.hot._tier, world.clock)
        self._broken = broken

    def delete(self, key: str) -> None:
        if self._broken(key):
            raise Upstream("the store answered 503")
        super().delete(key)


def test_one_that_cannot_be_expired_does_not_stop_the_others_and_is_tried_again(world: UpkeepWorld) -> None:
    world.hot = Unavailable(world, lambda key: key == file_key(id_of(1)))
    for number in (1, 2, 3):
        world.add_ready(number=number, age=RETENTION)

    swept = expire(world)
    left = world.deleted(1).has_files
    world.hot._broken = lambda _: False
    expire(world)

    assert swept == Swept(looked_at=3, changed=2, failed=1)
    assert left
    assert [world.deleted(number).has_files for number in (1, 2, 3)] == [False] * 3


def test_more_than_a_page_is_expired_in_one_call_and_each_is_looked_at_once(world: UpkeepWorld) -> None:
    for number in range(PAGE + 5):
        world.add(State.FAILED, number=number, age=RETENTION)

    swept = expire(world)

    assert swept == Swept(looked_at=PAGE + 5, changed=PAGE + 5)
    assert world.rooms.all_of(Recording) == []


def test_a_call_stops_when_its_time_is_over_and_the_next_one_goes_on(
    world: UpkeepWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attending, "WORKS_FOR", timedelta(0))
    for number in (1, 2):
        world.add_ready(number=number, age=RETENTION)
    world.hot = Slow(world)

    first = expire(world)
    second = expire(world)

    assert (first.changed, second.changed) == (1, 1)
    assert is_gone(world, 1)
    assert is_gone(world, 2)


class Slow(FakeFiles):
    """A store that takes a second."""

    def __init__(self, world: UpkeepWorld) -> None:
        super().__init__(world.hot._tier, world.clock)
        self.contents = world.hot.contents

    def delete(self, key: str) -> None:
        self._clock.advance(timedelta(seconds=1))
        super().delete(key)
