"""Starting a recording: the room is reserved, then the provider is asked, once, then its answer is taken over.

room free ─reserve─▶ reserved ─the provider's answer─▶ adopted
  ▲                   │    └── refused: the room is free again, 502
  │                   └── answer lost: adopted if the meeting is being recorded, else 502 and kept:
  └── failed ◀─ twice unknown at the provider, past the deadline ◀─ sync ─▶ adopted
"""

from __future__ import annotations

from datetime import datetime

from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import MeetingRefused, Meetings, MeetingUnavailable, ProviderRecording
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings import lifecycle
from shared.recordings.codec import to_plain
from shared.recordings.idempotency import Once
from shared.recordings.lifecycle import Origin
from shared.recordings.recording import Caller, Family, Recording, State
from shared.rooms.domain import START_DEADLINE, Room, RoomRecordingDetails, RoomStatus, Tenant
from shared.rooms.failures import AlreadyRecording, RecordingDisabled, RoomEnded
from shared.rooms.following import follow_provider
from shared.rooms.ids import new_recording_id
from shared.rooms.reading import details_of, find_recording, find_room, room_in
from shared.structs import replace


def start_recording(
    room_id: str,
    *,
    by: Caller,
    once: Once,
    rooms: Rooms,
    meetings: Meetings,
    tasks: Tasks,
    ids: Ids,
    clock: Clock,
) -> Recording:
    """Start to record a room; of many starts at once the provider hears one.

    Raises:
        NotFound: there is no such room.
        AlreadyRecording, RoomEnded, RecordingDisabled: it cannot be recorded now.
        MeetingRefused: the provider does not record it, and the room is free again.
        MeetingUnavailable: it is not known whether it does; the room stays reserved until that is known.
    """
    origin = Origin(actor=by.actor)
    if once.made is not None:
        reserved = find_recording(once.made, by=by, rooms=rooms)
        return _settle(reserved, origin=origin, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, clock=clock)
    room = find_room(room_id, by=by, rooms=rooms)
    _check_free(room)  # most of many starts end here, without a transaction
    id = new_recording_id(ids)
    reserved, tenant = _reserve(room_id, id, by=by, once=once, rooms=rooms, now=clock.now())
    try:
        found = meetings.start_recording(
            room.meeting_id, max_seconds=tenant.max_recording_duration_minutes * 60, file_name_prefix=id
        )
    except MeetingRefused:
        if (adopted := _withdraw(reserved, once=once, rooms=rooms)) is None:
            raise
        return adopted
    except MeetingUnavailable:
        return _settle(reserved, origin=origin, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, clock=clock)
    return _adopt(found, reserved, origin=origin, rooms=rooms, tasks=tasks, ids=ids, now=clock.now())


def _check_free(room: Room) -> None:
    if room.status is not RoomStatus.ACTIVE:
        raise RoomEnded
    if not room.config.recording_enabled:
        raise RecordingDisabled
    if room.live_recording is not None:
        raise AlreadyRecording


def _reserve(room_id: str, id: str, *, by: Caller, once: Once, rooms: Rooms, now: datetime) -> tuple[Recording, Tenant]:
    def attempt(transaction: RoomsTransaction) -> tuple[Recording, Tenant]:
        room = room_in(transaction, room_id, by=by)
        _check_free(room)
        tenant = transaction.tenant(room.tenant_id) or Tenant(id=room.tenant_id)
        once.complete(transaction, id, now=now)
        recording = _begin(id, room, by=by, now=now)
        transaction.save(recording, replace(room, live_recording=id, sync_at=now + START_DEADLINE, updated_at=now))
        return recording, tenant

    return rooms.transact(attempt)


def _begin(id: str, room: Room, *, by: Caller, now: datetime) -> Recording:
    deadline = now + START_DEADLINE
    details = RoomRecordingDetails(
        room_id=room.id, room_name=room.name, meeting_id=room.meeting_id, start_deadline=deadline, look_at=deadline
    )
    recording = Recording(
        id=id,
        family=Family.ROOMS,
        tenant_id=room.tenant_id,
        user_id=by.user_id,
        state=State.CAPTURING,
        created_at=now,
        updated_at=now,
        details=to_plain(details),
    )
    return lifecycle.begin(recording, origin=Origin(actor=by.actor))


def _withdraw(reserved: Recording, *, once: Once, rooms: Rooms) -> Recording | None:
    """Remove a reservation that was refused; the recording, if the provider has told us of it by another way."""
    room_id = details_of(reserved).room_id

    def attempt(transaction: RoomsTransaction) -> Recording | None:
        recording, room = transaction.recording(reserved.id), transaction.room(room_id)
        if recording is not None and details_of(recording).provider_id is not None:
            return recording
        if recording is not None:
            transaction.remove(recording)
        if room is not None and room.live_recording == reserved.id:
            transaction.save(replace(room, live_recording=None))
        if once.record is not None:
            transaction.remove(once.record)
        return None

    return rooms.transact(attempt)


def _settle(
    reserved: Recording, *, origin: Origin, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock
) -> Recording:
    """What has become of a start whose answer was lost.

    Raises:
        MeetingUnavailable: that is not known yet.
    """
    current = rooms.find(reserved.id) or reserved
    if current.state is not State.CAPTURING or details_of(current).provider_id is not None:
        return current
    found = meetings.active_recording(details_of(current).meeting_id)
    if found is None:
        raise _unknown()
    return _adopt(found, current, origin=origin, rooms=rooms, tasks=tasks, ids=ids, now=clock.now())


def _adopt(
    found: ProviderRecording,
    reserved: Recording,
    *,
    origin: Origin,
    rooms: Rooms,
    tasks: Tasks,
    ids: Ids,
    now: datetime,
) -> Recording:
    followed = follow_provider(
        found,
        room_id=details_of(reserved).room_id,
        origin=origin,
        rooms=rooms,
        tasks=tasks,
        ids=ids,
        now=now,
        recording_id=reserved.id,
    )
    if followed.recording is None or followed.recording.id != reserved.id:
        raise _unknown()
    return followed.recording


def _unknown() -> MeetingUnavailable:
    return MeetingUnavailable("it is not known yet whether the recording has begun")
