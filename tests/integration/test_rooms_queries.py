"""The data layer of rooms in Firestore: every query, with its order, its pages and its strangers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.adapters.firestore.client import firestore_client
from shared.ports.rooms import Rooms
from shared.recordings.codec import to_plain
from shared.recordings.recording import Family, Recording, State
from shared.rooms.domain import (
    DeletedBy,
    DeletedRecording,
    Delivery,
    ProviderLink,
    ProviderThing,
    ReceivedWebhook,
    Room,
    RoomStatus,
    Tenant,
)
from shared.rooms.reading import details_of
from shared.structs import replace
from shared.wiring import wired
from tests.integration.platform import RunningPlatform
from tests.unit.fakes import START
from tests.unit.room_fakes import room, room_recording

#: Long before anything that the running jobs of the platform look for.
LONG_AGO = START - timedelta(days=3000)


@pytest.fixture
def rooms(platform: RunningPlatform) -> Rooms:
    adapter: Rooms = wired(Rooms)
    return adapter


@pytest.fixture
def tenant() -> str:
    return f"tenant-{uuid4().hex[:12]}"


def save(rooms: Rooms, *entities: Any) -> None:
    rooms.transact(lambda transaction: transaction.save(*entities))


def id_of(kind: str, number: int, tenant: str) -> str:
    return f"{kind}_{tenant.removeprefix('tenant-')}{number:04d}"


def made_rooms(tenant: str, count: int, **changes: Any) -> list[Room]:
    """Rooms of which two at a time are as old as each other, oldest first."""
    return [
        room(
            id=id_of("room", number, tenant),
            tenant_id=tenant,
            created_at=START + timedelta(seconds=number // 2),
            **changes,
        )
        for number in range(count)
    ]


def made_recordings(tenant: str, count: int, state: State = State.READY, **details: Any) -> list[Recording]:
    return [
        replace(
            room_recording(
                state, id=id_of("rec", number, tenant), **{name: of(number) for name, of in details.items()}
            ),
            tenant_id=tenant,
            created_at=START + timedelta(seconds=number // 2),
        )
        for number in range(count)
    ]


def constant(value: Any) -> Callable[[int], Any]:
    return lambda number: value


def test_what_is_saved_is_found_again_whole(rooms: Rooms, tenant: str) -> None:
    recording = made_recordings(tenant, 1)[0]
    (made,) = made_rooms(tenant, 1)
    wishes = Tenant(id=f"{tenant}/of..__slashes__", recording_retention_days=7)
    link = ProviderLink(thing=ProviderThing.MEETING, provider_id=f"meeting-{tenant}", room_id=made.id, created_at=START)
    deleted = _deleted(recording)
    delivery = _delivery(tenant, 0)
    received = ReceivedWebhook(id=f"received-{tenant}", expire_at=START, facts={"event": "recording.statusUpdate"})

    save(rooms, made, wishes, link, deleted, delivery, received)

    assert rooms.find_room(made.id) == made
    assert rooms.find_tenant(wishes.id) == wishes
    assert rooms.find_link(ProviderThing.MEETING, link.provider_id) == link
    assert rooms.find_link(ProviderThing.RECORDING, link.provider_id) is None
    assert rooms.find_deleted(recording.id) == deleted
    assert rooms.find_delivery(delivery.id) == delivery
    assert rooms.find_room("room_aaaaaaaaaaaa9999") is None
    read = rooms.transact(
        lambda transaction: (
            transaction.room(made.id),
            transaction.tenant(wishes.id),
            transaction.link(ProviderThing.MEETING, link.provider_id),
            transaction.deleted(recording.id),
            transaction.delivery(delivery.id),
            transaction.received(received.id),
        )
    )
    assert read == (made, wishes, link, deleted, delivery, received)


def test_rooms_are_listed_newest_first_without_those_that_were_deleted(rooms: Rooms, tenant: str) -> None:
    made = made_rooms(tenant, 7)
    gone = replace(made[3], status=RoomStatus.DELETED)
    ended = replace(made[4], status=RoomStatus.ENDED)
    save(rooms, *made[:3], gone, ended, *made[5:])

    pages = [rooms.rooms_page(tenant, limit=4, offset=offset) for offset in (0, 4, 8)]

    expected = [*made[:3], ended, *made[5:]][::-1]
    assert [one for page in pages for one in page] == expected
    assert rooms.count_rooms(tenant) == 6
    assert rooms.count_rooms(f"{tenant}-other") == 0


def test_all_rooms_of_a_tenant_come_in_pages_by_their_ids(rooms: Rooms, tenant: str) -> None:
    made = made_rooms(tenant, 5)
    save(rooms, *made)

    first = rooms.rooms_of(tenant, after="", limit=3)
    rest = rooms.rooms_of(tenant, after=first[-1].id, limit=3)

    assert first + rest == made
    assert rooms.rooms_of(tenant, after=rest[-1].id, limit=3) == []


def test_recordings_are_listed_newest_first_and_only_those_of_rooms(rooms: Rooms, tenant: str) -> None:
    made = made_recordings(tenant, 7)
    other = replace(made[0], id=str(uuid4()), family=Family.CAPTURE)
    save(rooms, *made, other)

    pages = [rooms.recordings_page(tenant, limit=4, offset=offset) for offset in (0, 4, 8)]

    assert [one for page in pages for one in page] == made[::-1]
    assert rooms.count_recordings(tenant) == 7


def test_rooms_to_sync_are_those_whose_time_has_come(rooms: Rooms, tenant: str) -> None:
    quiet, later, due, overdue = made_rooms(tenant, 4)
    later = replace(later, sync_at=LONG_AGO + timedelta(minutes=3))
    due, overdue = replace(due, sync_at=LONG_AGO + timedelta(minutes=2)), replace(overdue, sync_at=LONG_AGO)
    save(rooms, quiet, later, due, overdue)

    found = rooms.rooms_to_sync(LONG_AGO + timedelta(minutes=2), limit=10)

    assert found == [overdue, due]
    assert rooms.rooms_to_sync(LONG_AGO + timedelta(minutes=2), limit=1) == [overdue]
    save(rooms, *(replace(one, sync_at=None) for one in (later, due, overdue)))


def test_open_recordings_are_those_of_the_room_that_go_on(rooms: Rooms, tenant: str) -> None:
    room_id = id_of("room", 0, tenant)
    ended, live, processing, foreign = made_recordings(tenant, 4, room_id=constant(room_id))
    live, processing = replace(live, state=State.CAPTURING), replace(processing, state=State.PROCESSING)
    foreign = replace(foreign, state=State.CAPTURING, details={**foreign.details, "room_id": f"{room_id}0"})
    save(rooms, ended, live, processing, foreign)

    assert rooms.open_recordings(room_id) == [live, processing]


def test_recordings_to_look_at_are_of_one_state_and_the_longest_overdue_come_first(rooms: Rooms, tenant: str) -> None:
    made = made_recordings(tenant, 5, State.PROCESSING, look_at=lambda number: LONG_AGO - timedelta(minutes=number))
    captured = replace(made[3], state=State.CAPTURING)
    closed = replace(made[4], details={**made[4].details, "look_at": None})
    save(rooms, *made[:3], captured, closed)

    found = rooms.recordings_to_look_at(State.PROCESSING, LONG_AGO - timedelta(minutes=1), limit=10)

    assert found == [made[2], made[1]]
    save(rooms, *(replace(one, state=State.READY) for one in (*made[:3], captured)))


def test_tenants_come_in_pages_and_each_once(rooms: Rooms, tenant: str) -> None:
    mine = {f"{tenant}/{number}" for number in range(5)}
    save(rooms, *(Tenant(id=id) for id in mine))

    found: list[str] = []
    while page := rooms.tenants(after=found[-1] if found else "", limit=2):
        found += [one.id for one in page]

    assert mine <= set(found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("state", [None, State.READY], ids=["any", "ready"])
def test_ended_recordings_come_oldest_first_in_pages(rooms: Rooms, tenant: str, state: State | None) -> None:
    made = made_recordings(tenant, 6, ended_at=lambda number: START + timedelta(minutes=number // 2))
    failed = replace(made[1], state=State.FAILED)
    live = replace(made_recordings(f"{tenant}x", 1, State.CAPTURING)[0], tenant_id=tenant)
    save(rooms, made[0], failed, *made[2:], live)
    before = START + timedelta(minutes=1)

    found: list[Recording] = []
    after = None
    while page := rooms.ended_recordings(tenant, state=state, before=before, after=after, limit=2):
        found += page
        after = (details_of(page[-1]).ended_at or START, page[-1].id)

    assert found == [made[0], *([failed] if state is None else []), *made[2:4]]


def test_deleted_recordings_are_those_that_still_have_files(rooms: Rooms, tenant: str) -> None:
    deleted = [
        replace(_deleted(one), ended_at=START + timedelta(minutes=number), has_files=number != 1)
        for number, one in enumerate(made_recordings(tenant, 4))
    ]
    save(rooms, *deleted)

    found = rooms.deleted_recordings(tenant, START + timedelta(minutes=2), limit=10)

    assert found == [deleted[0], deleted[2]]


@contextmanager
def written(paths: Iterable[str], fields: dict[str, Any]) -> Iterator[None]:
    """Documents as an earlier version may have written them."""
    documents = [firestore_client().document(path) for path in paths]
    for document in documents:
        document.set(fields)
    try:
        yield
    finally:
        for document in documents:
            document.delete()


def test_what_cannot_be_read_is_passed_over_for_jobs_and_refused_in_lists(rooms: Rooms, tenant: str) -> None:
    (recording,) = made_recordings(tenant, 1, ended_at=constant(START))
    deleted = _deleted(recording)
    save(rooms, recording, deleted)
    paths = [f"{name}/{tenant}-{number}" for name in ("recordings", "deleted_recordings") for number in range(4)]
    before = START - timedelta(days=1)
    fields = {"tenant_id": tenant, "family": Family.ROOMS, "has_files": True, "created_at": START, "ended_at": before}

    with written(paths, {**fields, "details": {"ended_at": before}}):
        assert rooms.ended_recordings(tenant, state=None, before=START, after=None, limit=2) == [recording]
        assert rooms.deleted_recordings(tenant, START, limit=2) == [deleted]
        with pytest.raises(ValueError, match="missing required field"):
            rooms.recordings_page(tenant, limit=10, offset=0)


def test_tenants_that_cannot_be_read_keep_none_from_being_found(rooms: Rooms, tenant: str) -> None:
    save(rooms, Tenant(id=tenant))

    with written([f"tenants/  {number}-{tenant}" for number in range(3)], {"created_at": START}):  # before all others
        (first,) = rooms.tenants(after="", limit=1)

    assert isinstance(first, Tenant)


def test_deliveries_are_listed_newest_first_and_found_when_they_are_overdue(rooms: Rooms, tenant: str) -> None:
    made = [
        replace(_delivery(tenant, number), next_attempt_at=LONG_AGO + timedelta(minutes=number)) for number in range(5)
    ]
    save(rooms, *made)

    assert rooms.deliveries_page(tenant, limit=3, offset=1) == made[3:0:-1]
    assert rooms.count_deliveries(tenant) == 5
    assert rooms.overdue_deliveries(LONG_AGO + timedelta(minutes=1), limit=10) == made[:2]
    save(rooms, *(replace(one, next_attempt_at=None) for one in made))


def test_all_recordings_of_rooms_come_in_the_order_of_their_ids(rooms: Rooms, tenant: str) -> None:
    made = made_recordings(tenant, 5)
    save(rooms, *made, replace(made[0], id=made[0].id + "a", family=Family.CAPTURE, details=to_plain({})))

    before_them = made[0].id[:-1]
    first = rooms.recordings_in_order(after=before_them, limit=3)
    rest = rooms.recordings_in_order(after=first[-1].id, limit=2)

    assert [*first, *rest] == made


def _deleted(recording: Recording) -> DeletedRecording:
    return DeletedRecording(
        id=recording.id,
        tenant_id=recording.tenant_id,
        recording=recording,
        deleted_at=START,
        deleted_by=DeletedBy.OWNER,
        ended_at=START,
    )


def _delivery(tenant: str, number: int) -> Delivery:
    return Delivery(
        id=f"del_{tenant}{number}",
        tenant_id=tenant,
        recording_id="rec_aaaaaaaaaaaa0001",
        event="meeting.recording_ready",
        url="https://school.example/hooks",
        created_at=START + timedelta(seconds=number),
    )
