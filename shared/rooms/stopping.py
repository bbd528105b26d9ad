"""Stopping a recording: the provider first, then ours; its file comes later."""

from __future__ import annotations

from datetime import datetime

from shared.ports import Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.lifecycle import Origin
from shared.recordings.recording import Caller, Recording, State
from shared.rooms import news
from shared.rooms.domain import Room, next_sync
from shared.rooms.failures import NoActiveRecording
from shared.rooms.following import follow_provider
from shared.rooms.reading import details_of, find_room
from shared.structs import replace


def stop_recording(
    room_id: str, *, by: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, now: datetime
) -> Recording:
    """Stop the recording of the caller's room that is under way; harmless if it stopped by itself meanwhile.

    Raises:
        NotFound: there is no such room.
        NoActiveRecording: none is under way, as far as we and the provider know.
        Upstream: the provider did not stop it, and it stays live.
    """
    room = find_room(room_id, by=by, rooms=rooms)
    origin = Origin(actor=by.actor)
    return stop_live(room, origin=origin, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=now)


def stop_live(
    room: Room, *, origin: Origin, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, now: datetime
) -> Recording:
    """Stop what is under way in a room, whoever asks.

    Raises:
        NoActiveRecording, Upstream: as for `stop_recording`.
    """
    recording = _find_live(room, origin=origin, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=now)
    provider_id = details_of(recording).provider_id
    answered = meetings.stop_recording(provider_id) if provider_id else None
    stopped = _note_stop(recording.id, origin=origin, rooms=rooms, now=now)
    if answered is None:
        return stopped
    followed = follow_provider(
        answered, room_id=room.id, origin=origin, rooms=rooms, tasks=tasks, ids=ids, now=now, recording_id=recording.id
    )
    return followed.recording or stopped


def _find_live(
    room: Room, *, origin: Origin, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, now: datetime
) -> Recording:
    """The room's live recording, as the provider knows it: what we have not heard of yet is asked for."""
    known = rooms.find(room.live_recording) if room.live_recording else None
    if known is not None and details_of(known).provider_id is not None:
        return known
    if known is None and not room.records_on_start:
        raise NoActiveRecording
    found = meetings.active_recording(room.meeting_id)
    if found is None:
        raise NoActiveRecording
    followed = follow_provider(
        found,
        room_id=room.id,
        origin=origin,
        rooms=rooms,
        tasks=tasks,
        ids=ids,
        now=now,
        recording_id=known.id if known else None,
    )
    if followed.recording is None or followed.recording.state is not State.CAPTURING:
        raise NoActiveRecording
    return followed.recording


def _note_stop(id: str, *, origin: Origin, rooms: Rooms, now: datetime) -> Recording:
    def attempt(transaction: RoomsTransaction) -> Recording:
        recording = transaction.recording(id)
        if recording is None:
            raise NoActiveRecording
        if recording.state is not State.CAPTURING:
            return recording
        stopped = news.stop(recording, origin=origin, now=now)
        transaction.save(stopped)
        room = transaction.room(details_of(recording).room_id)
        if room is not None and room.live_recording == id:
            transaction.save(replace(room, live_recording=None, sync_at=next_sync(room, has_open=True, now=now)))
        return stopped

    return rooms.transact(attempt)
