"""Letting time pass for one tenant's rooms: whatever happened to them, here and at the provider, happened earlier.

So the platform's own clocks, jobs and workers go on as they are, and nobody else's recordings grow older.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.codec import to_plain
from shared.recordings.recording import Recording
from shared.rooms.domain import DeletedRecording, Room
from shared.rooms.reading import details_of
from shared.structs import Struct, replace
from shared.wiring import wired
from tests.integration.rooms_provider import control
from tests.integration.stored import now

MOST = 1_000


def let_time_pass(tenant_id: str, by: timedelta) -> None:
    """Make the tenant's rooms and recordings older: ours first, so that no news finds ours younger than it is."""
    rooms: Rooms = wired(Rooms)
    meetings = [room.meeting_id for room in rooms.rooms_of(tenant_id, after="", limit=MOST)]
    for found in _all_of(tenant_id, rooms):
        rooms.transact(lambda transaction, found=found: _age(transaction, found, by))  # type: ignore[misc]
    for meeting_id in meetings:
        for theirs in control("GET", f"/meetings/{meeting_id}/recordings"):
            control("POST", f"/recordings/{theirs['id']}/age", json={"by_s": by.total_seconds()})


def _all_of(tenant_id: str, rooms: Rooms) -> Iterator[Room | Recording | DeletedRecording]:
    yield from rooms.rooms_of(tenant_id, after="", limit=MOST)
    yield from rooms.recordings_page(tenant_id, limit=MOST, offset=0)
    yield from rooms.deleted_recordings(tenant_id, now() + timedelta(days=1), limit=MOST)


def _age(transaction: RoomsTransaction, found: Room | Recording | DeletedRecording, by: timedelta) -> None:
    current: Room | Recording | DeletedRecording | None
    if isinstance(found, Room):
        current = transaction.room(found.id)
    else:
        current = transaction.recording(found.id) or transaction.deleted(found.id)
    if current is not None:
        transaction.save(_earlier(current, by))


def _earlier(value: Any, by: timedelta) -> Any:
    if isinstance(value, datetime):
        return value - by
    if isinstance(value, tuple):
        return tuple(_earlier(one, by) for one in value)
    if not isinstance(value, Struct):
        return value
    aged = type(value)(**{name: _earlier(getattr(value, name), by) for name in value.__struct_fields__})
    if isinstance(aged, Recording):
        return replace(aged, details=to_plain(_earlier(details_of(aged), by)))
    return aged
