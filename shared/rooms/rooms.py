"""Rooms: each owns one meeting at the provider, which is told first of everything that concerns it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.idempotency import Once
from shared.recordings.lifecycle import Origin
from shared.recordings.recording import Caller
from shared.rooms.domain import (
    ProviderLink,
    ProviderThing,
    Room,
    RoomConfig,
    RoomStatus,
    Tenant,
    is_recorded_by_itself,
    next_sync,
)
from shared.rooms.failures import NoActiveRecording
from shared.rooms.ids import new_room_id
from shared.rooms.reading import find_room, room_in
from shared.rooms.stopping import stop_live
from shared.structs import replace


def create_room(
    name: str,
    config: RoomConfig,
    *,
    by: Caller,
    once: Once,
    rooms: Rooms,
    meetings: Meetings,
    ids: Ids,
    clock: Clock,
) -> Room:
    """Make a room and its meeting, which is recorded by itself where the tenant wants that.

    Raises:
        Upstream: the provider made no meeting, and there is no room.
    """
    if once.made is not None:
        return find_room(once.made, by=by, rooms=rooms)
    tenant, now = rooms.find_tenant(by.tenant_id), clock.now()
    room = Room(
        id=new_room_id(ids),
        tenant_id=by.tenant_id,
        name=name,
        config=config,
        meeting_id="",
        created_at=now,
        updated_at=now,
    )
    records = is_recorded_by_itself(room, tenant)
    meeting_id = meetings.create_meeting(name, record_on_start=records)
    room = replace(room, meeting_id=meeting_id, records_on_start=records)

    def attempt(transaction: RoomsTransaction) -> Room:
        tenant = transaction.tenant(by.tenant_id) or Tenant(id=by.tenant_id)
        is_as_wanted = is_recorded_by_itself(room, tenant) is room.records_on_start
        made = replace(room, sync_at=next_sync(room, has_open=False, now=now) if is_as_wanted else now)
        once.complete(transaction, room.id, now=clock.now())
        transaction.save(made, tenant, _link(made))
        return made

    return rooms.transact(attempt)


def update_room(
    id: str, changes: Mapping[str, Any], *, by: Caller, rooms: Rooms, meetings: Meetings, now: datetime
) -> Room:
    """Change a room's name, and of its config what is sent.

    Raises:
        NotFound: there is no such room.
        Upstream: the provider did not take the name, and nothing has changed.
    """
    before = find_room(id, by=by, rooms=rooms)
    name = changes.get("name", before.name)
    if name != before.name:
        meetings.update_meeting(before.meeting_id, title=name)

    def attempt(transaction: RoomsTransaction) -> Room:
        room = room_in(transaction, id, by=by)
        config = replace(room.config, **changes.get("config", {}))
        is_switched = config.recording_enabled is not room.config.recording_enabled
        sync_at = now if is_switched else room.sync_at  # whether it is recorded by itself may have changed
        changed = replace(room, name=changes.get("name", room.name), config=config, sync_at=sync_at, updated_at=now)
        transaction.save(changed)
        return changed

    return rooms.transact(attempt)


def end_room(id: str, *, by: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, now: datetime) -> Room:
    """End a room for good: nobody can join its meeting, and its recording is stopped; may be called again.

    Raises:
        NotFound: there is no such room.
        Upstream: the provider did not do all of that; the rest is done by the next call.
    """
    meetings.update_meeting(find_room(id, by=by, rooms=rooms).meeting_id, is_active=False)

    def attempt(transaction: RoomsTransaction) -> Room:
        room = room_in(transaction, id, by=by)
        if room.status is RoomStatus.ACTIVE:  # the next sync finds what the meeting has recorded until now
            room = replace(room, status=RoomStatus.ENDED, ended_at=now, sync_at=now, updated_at=now)
            transaction.save(room)
        return room

    room = rooms.transact(attempt)
    origin = Origin(actor=by.actor)
    with suppress(NoActiveRecording):
        stop_live(room, origin=origin, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=now)
    return room


def delete_room(
    id: str, *, by: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, now: datetime
) -> None:
    """End a room and let nobody see it any more; its recordings stay.

    Raises:
        NotFound: there is no such room; also the second time.
        Upstream: it could not be ended.
    """
    end_room(id, by=by, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=now)

    def attempt(transaction: RoomsTransaction) -> None:
        room = room_in(transaction, id, by=by)
        transaction.save(replace(room, status=RoomStatus.DELETED, updated_at=now))

    rooms.transact(attempt)


def _link(room: Room) -> ProviderLink:
    return ProviderLink(
        thing=ProviderThing.MEETING, provider_id=room.meeting_id, room_id=room.id, created_at=room.created_at
    )
