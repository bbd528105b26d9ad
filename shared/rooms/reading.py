"""Finding rooms and their recordings: what the caller may know of, by the family's rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from shared.errors import NotFound
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings import finding
from shared.recordings.codec import from_plain
from shared.recordings.recording import Caller, Family, Recording
from shared.rooms.domain import Room, RoomRecordingDetails, RoomStatus
from shared.rooms.ids import is_room_id
from shared.structs import Struct

Item = TypeVar("Item")


class Page(Struct, Generic[Item], frozen=True, kw_only=True):
    """One page of a list, and how long the whole list is."""

    items: Sequence[Item]
    total: int


def details_of(recording: Recording) -> RoomRecordingDetails:
    """The family's facts of a recording."""
    return from_plain(recording.details, RoomRecordingDetails)


def find_recording(id: str, *, by: Caller, rooms: Rooms) -> Recording:
    """The recording of the caller's tenant.

    Raises:
        NotFound: there is none that the caller may see.
    """
    return finding.find_recording(id, family=Family.ROOMS, by=by, recordings=rooms)


def find_room(id: str, *, by: Caller, rooms: Rooms) -> Room:
    """The room of the caller's tenant.

    Raises:
        NotFound: there is none that the caller may see.
    """
    return _visible(rooms.find_room(id) if is_room_id(id) else None, to=by)


def room_in(transaction: RoomsTransaction, id: str, *, by: Caller) -> Room:
    """The same within a transaction."""
    return _visible(transaction.room(id) if is_room_id(id) else None, to=by)


def list_recordings(*, by: Caller, limit: int, offset: int, rooms: Rooms) -> Page[Recording]:
    """A page of the tenant's recordings, newest first; costs offset + limit reads, and one per 1,000 for the total."""
    return Page(
        items=rooms.recordings_page(by.tenant_id, limit=limit, offset=offset),
        total=rooms.count_recordings(by.tenant_id),
    )


def list_rooms(*, by: Caller, limit: int, offset: int, rooms: Rooms) -> Page[Room]:
    """A page of the tenant's rooms, newest first; costs as much as one of recordings."""
    return Page(items=rooms.rooms_page(by.tenant_id, limit=limit, offset=offset), total=rooms.count_rooms(by.tenant_id))


def _visible(room: Room | None, *, to: Caller) -> Room:
    if room is None or room.tenant_id != to.tenant_id or room.status is RoomStatus.DELETED:
        raise NotFound("room not found")
    return room
