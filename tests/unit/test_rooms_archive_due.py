"""What is archived by itself: neither too young, nor with too little retention left, and each once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.recordings.attending import PAGE, Swept
from shared.recordings.recording import State
from shared.recordings.runs import Run
from shared.rooms.domain import ARCHIVED_AFTER
from shared.rooms.files.archiving_due import archive_due
from shared.structs import replace
from tests.unit.examples import BERT
from tests.unit.upkeep_world import A_DAY, UpkeepWorld, id_of

LEAST_LEFT = timedelta(days=90)
#: The oldest that has so much left of a year.
OLDEST = timedelta(days=365) - LEAST_LEFT


@pytest.fixture
def world() -> UpkeepWorld:
    made = UpkeepWorld()
    made.retain(days=365)
    return made


def archive(world: UpkeepWorld) -> Swept:
    return archive_due(least_left=LEAST_LEFT, rooms=world.rooms, tasks=world.tasks, ids=world.ids, clock=world.clock)


def archiving(world: UpkeepWorld) -> list[str]:
    """The recordings whose archiving was begun."""
    return sorted(run.recording_id for run in world.rooms.all_of(Run) if run.pipeline == "room_archive")


@pytest.mark.parametrize(
    ("age", "is_due"),
    [
        (ARCHIVED_AFTER - timedelta(seconds=1), False),
        (ARCHIVED_AFTER, True),
        (OLDEST, True),
        (OLDEST + timedelta(seconds=1), False),
    ],
    ids=["too young", "old enough", "just enough left", "too little left"],
)
def test_a_ready_recording_is_archived_between_two_ages(age: timedelta, is_due: bool, world: UpkeepWorld) -> None:
    world.add_ready(age=age)

    archive(world)

    assert archiving(world) == ([id_of(1)] if is_due else [])
    assert len(world.tasks.waiting) == is_due


@pytest.mark.parametrize("state", [State.CAPTURING, State.PROCESSING, State.FAILED, State.ARCHIVED])
def test_only_what_is_ready_is_archived(state: State, world: UpkeepWorld) -> None:
    world.add(state, age=ARCHIVED_AFTER, file=world.store(world.hot))

    assert archive(world) == Swept()


def test_a_tenant_whose_retention_never_allows_it_costs_one_read(world: UpkeepWorld) -> None:
    world.retain(days=30)
    world.add_ready(age=ARCHIVED_AFTER)
    queries = Queries(world)

    archive(world)

    assert archiving(world) == []
    assert queries.made == []


class Queries:
    """Notes every query for recordings that the job makes."""

    def __init__(self, world: UpkeepWorld) -> None:
        self.made: list[str] = []
        ask = world.rooms.ended_recordings

        def noting(tenant_id: str, **how: object) -> object:
            self.made.append(tenant_id)
            return ask(tenant_id, **how)  # type: ignore[arg-type]

        world.rooms.ended_recordings = noting  # type: ignore[method-assign, assignment]


def test_a_second_call_begins_nothing_anew(world: UpkeepWorld) -> None:
    world.add_ready(age=ARCHIVED_AFTER)

    archive(world)
    world.clock.advance(A_DAY)
    archive(world)

    assert archiving(world) == [id_of(1)]


def test_two_at_once_begin_each_archive_once(world: UpkeepWorld) -> None:
    for number in (1, 2):
        world.add_ready(number=number, age=ARCHIVED_AFTER)
    world.rooms.interrupt(lambda: archive(world))

    archive(world)

    assert archiving(world) == [id_of(1), id_of(2)]


def test_more_than_a_page_is_begun_in_one_call(world: UpkeepWorld) -> None:
    for number in range(PAGE + 5):
        world.add_ready(number=number, age=ARCHIVED_AFTER + timedelta(minutes=number // 2))

    swept = archive(world)

    assert swept == Swept(looked_at=PAGE + 5, changed=PAGE + 5)
    assert len(archiving(world)) == PAGE + 5


def test_one_that_goes_meanwhile_does_not_stop_the_others(world: UpkeepWorld) -> None:
    for number in (1, 2):
        world.add_ready(number=number, age=ARCHIVED_AFTER)
    doomed = world.recording(id_of(1))
    world.rooms.interrupt(lambda: world.rooms.transact(lambda transaction: transaction.remove(doomed)))

    swept = archive(world)

    assert archiving(world) == [id_of(2)]
    assert swept == Swept(looked_at=2, changed=1)


def test_tenants_are_looked_at_one_by_one(world: UpkeepWorld) -> None:
    world.retain(days=30, tenant_id=BERT.tenant_id)
    world.add_ready(number=1, age=ARCHIVED_AFTER)
    world.rooms.put(replace(world.add_ready(number=2, age=ARCHIVED_AFTER), tenant_id=BERT.tenant_id))

    archive(world)

    assert archiving(world) == [id_of(1)]


def test_every_tenant_is_looked_at_however_many_there_are(world: UpkeepWorld) -> None:
    for number in range(PAGE + 1):
        world.retain(days=365, tenant_id=f"tenant-{number:03}")
    for number in (0, PAGE):
        made = world.add_ready(number=number, age=ARCHIVED_AFTER)
        world.rooms.put(replace(made, tenant_id=f"tenant-{number:03}"))

    archive(world)

    assert archiving(world) == [id_of(0), id_of(PAGE)]
