"""Syncing: asking the provider what it has of a room, instead of waiting to be told.

A start whose answer was lost, a recording that began by itself, a webhook that never came: whatever happened, the next
sync finds it. A job syncs every room that is due; asking for one before that does no harm.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial

from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.attending import Swept, attend, every_due, in_time
from shared.recordings.lifecycle import Origin
from shared.recordings.recording import Caller, Recording
from shared.rooms.asking import ask_about
from shared.rooms.domain import (
    PROVIDER_KEEPS_FOR,
    SYNC_EVERY,
    Room,
    RoomStatus,
    is_recorded_by_itself,
    next_sync,
)
from shared.rooms.following import follow_provider
from shared.rooms.reading import details_of, find_room
from shared.structs import replace

log = logging.getLogger("playhead.rooms")

JOB = Origin(actor="job:rooms_sync_all")
#: The scheduler is not on time to the second: what is due so soon is not left to the next run.
_EARLY = timedelta(minutes=5)
#: What began before can have no file any more.
_LISTED_FOR = PROVIDER_KEEPS_FOR + timedelta(days=1)


def sync_recordings(
    room_id: str, *, by: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, now: datetime
) -> list[Recording]:
    """Ask the provider about the caller's room; the recordings of which anything was new.

    Raises:
        NotFound: there is no such room.
        Upstream: the provider did not tell; what it told before that is kept.
    """
    room = find_room(room_id, by=by, rooms=rooms)
    origin = Origin(actor=by.actor)
    return sync_room(room, origin=origin, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=now)


def sync_all(*, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock) -> Swept:
    """Sync every room that is due, the longest overdue first; two at once take one room each.

    A room that the provider does not answer for waits for its next turn, and the others are not kept waiting.
    """
    before = clock.now() + _EARLY

    def sync(due: Room) -> int | None:
        now = clock.now()
        room = _take(due.id, before, rooms=rooms, now=now)
        if room is None:
            return None
        return len(sync_room(room, origin=JOB, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=now))

    return attend(in_time(every_due(partial(rooms.rooms_to_sync, before)), clock=clock), sync)


def sync_room(
    room: Room, *, origin: Origin, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, now: datetime
) -> list[Recording]:
    """Ask the provider about a room as it was just read; the recordings of which anything was new.

    Raises:
        Upstream: the provider, the database or the queue did not answer.
    """
    follow = partial(follow_provider, room_id=room.id, origin=origin, rooms=rooms, tasks=tasks, ids=ids, now=now)
    ask = partial(ask_about, origin=origin, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=now)
    open_before = rooms.open_recordings(room.id)
    listed = meetings.recordings_of(room.meeting_id, since=now - _LISTED_FOR)
    followed = [follow(found) for found in listed]
    are_listed = {found.id for found in listed}
    followed += [ask(one) for one in open_before if details_of(one).provider_id not in are_listed]
    records = _record_as_wanted(room, rooms=rooms, meetings=meetings)
    _note_sync(room, records=records, rooms=rooms, now=now)
    changed = {one.recording.id: one.recording for one in followed if one.changed and one.recording is not None}
    return list(changed.values())


def _record_as_wanted(room: Room, *, rooms: Rooms, meetings: Meetings) -> bool:
    """Tell the provider whether to record every meeting of the room, if it was told otherwise; what it knows now."""
    wanted = is_recorded_by_itself(room, rooms.find_tenant(room.tenant_id))
    if room.status is not RoomStatus.ACTIVE or wanted is room.records_on_start:
        return room.records_on_start
    meetings.update_meeting(room.meeting_id, record_on_start=wanted)
    return wanted


def _note_sync(before: Room, *, records: bool, rooms: Rooms, now: datetime) -> None:
    """Note what the provider was told, and when the room's next turn is, unless somebody has set that meanwhile."""
    has_open = bool(rooms.open_recordings(before.id))

    def attempt(transaction: RoomsTransaction) -> None:
        room = transaction.room(before.id)
        if room is None:
            return
        after = replace(room, records_on_start=records)
        if room.sync_at == before.sync_at:
            is_open = has_open or room.live_recording is not None
            after = replace(after, sync_at=next_sync(after, has_open=is_open, now=now))
        if after != room:
            transaction.save(after)

    rooms.transact(attempt)


def _take(room_id: str, before: datetime, *, rooms: Rooms, now: datetime) -> Room | None:
    """The room, if nobody else has taken it; its next turn is set first, so that no failure keeps it at the front."""

    def attempt(transaction: RoomsTransaction) -> Room | None:
        room = transaction.room(room_id)
        if room is None or room.sync_at is None or room.sync_at > before:
            return None
        taken = replace(room, sync_at=now + SYNC_EVERY)
        transaction.save(taken)
        return taken

    return rooms.transact(attempt)
