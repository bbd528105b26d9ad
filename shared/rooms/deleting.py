"""Deleting a recording: nobody sees it any more at once, and its files stay until its retention is over.

live ─stop─▶ processing, ready, … ─bury─▶ a row of another collection, 404 for everyone ─retention─▶ no files
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from shared.ports import Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.finding import is_visible, not_found
from shared.recordings.lifecycle import Origin
from shared.recordings.recording import Caller, Family, Recording, State
from shared.recordings.runs import cancel
from shared.rooms.domain import DeletedBy, DeletedRecording
from shared.rooms.failures import NoActiveRecording
from shared.rooms.reading import details_of, find_recording
from shared.rooms.stopping import stop_live
from shared.structs import replace


def delete_recording(
    id: str, *, by: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, now: datetime
) -> DeletedRecording:
    """Delete a recording of the caller's tenant, softly; one that is under way is stopped first.

    Raises:
        NotFound: there is none that the caller may see; also the second time.
        Upstream: it could not be stopped, and nothing is deleted.
    """
    recording = find_recording(id, by=by, rooms=rooms)
    room = rooms.find_room(details_of(recording).room_id) if recording.state is State.CAPTURING else None
    if room is not None and room.live_recording == id:
        origin = Origin(actor=by.actor)
        with suppress(NoActiveRecording):  # a start that never reached the provider
            stop_live(room, origin=origin, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=now)

    def attempt(transaction: RoomsTransaction) -> DeletedRecording:
        recording = transaction.recording(id)
        if recording is None or not is_visible(recording, family=Family.ROOMS, to=by):
            raise not_found(Family.ROOMS)
        return bury(transaction, recording, deleted_by=DeletedBy.OWNER, now=now)

    return rooms.transact(attempt)


def bury(
    transaction: RoomsTransaction, recording: Recording, *, deleted_by: DeletedBy, now: datetime
) -> DeletedRecording:
    """Take a recording out of everybody's sight, with its run; its room is free."""
    details = details_of(recording)
    run = transaction.run(recording.current_run) if recording.current_run else None
    room = transaction.room(details.room_id)
    deleted = DeletedRecording(
        id=recording.id,
        tenant_id=recording.tenant_id,
        recording=recording,
        deleted_at=now,
        deleted_by=deleted_by,
        ended_at=details.ended_at or now,
    )
    transaction.remove(recording)
    transaction.save(deleted)
    if run is not None:
        transaction.save(cancel(run, now=now))
    if room is not None and room.live_recording == recording.id:
        transaction.save(replace(room, live_recording=None))
    return deleted
