"""Asking the provider about one of our recordings, whatever it may have to say: also that it knows nothing of it."""

from __future__ import annotations

from datetime import datetime

from shared.ports import Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.lifecycle import Origin
from shared.recordings.recording import Recording
from shared.rooms import news
from shared.rooms.domain import START_DEADLINE
from shared.rooms.files.ready_files import find_anywhere
from shared.rooms.following import Followed, follow_provider, give_up, note_miss
from shared.rooms.reading import details_of


def ask_about(
    recording: Recording,
    *,
    origin: Origin,
    rooms: Rooms,
    meetings: Meetings,
    tasks: Tasks,
    ids: Ids,
    now: datetime,
    again: bool = False,
) -> Followed:
    """Ask the provider about an open recording and take over what it says.

    One that it does not know has failed: at once if it knew it, and a start whose outcome is not known in the end. An
    import that has failed is begun `again` if that is wanted.

    Raises:
        Upstream: the provider, the database or the queue did not answer.
    """
    details = details_of(recording)
    if details.provider_id is None:
        found = meetings.active_recording(details.meeting_id)
    else:
        found = find_anywhere(details.provider_id, meetings=meetings, rooms=rooms)
    if found is not None:
        return follow_provider(
            found,
            room_id=details.room_id,
            origin=origin,
            rooms=rooms,
            tasks=tasks,
            ids=ids,
            now=now,
            recording_id=recording.id,
            again=again,
        )
    has_failed = _note_absence(recording, origin=origin, rooms=rooms, now=now)
    return Followed(recording=rooms.find(recording.id), changed=has_failed)


def _note_absence(recording: Recording, *, origin: Origin, rooms: Rooms, now: datetime) -> bool:
    if details_of(recording).provider_id is None:
        return note_miss(recording.id, origin=origin, rooms=rooms, now=now)
    if now - recording.created_at < START_DEADLINE:  # so new that the provider may not know it everywhere yet
        return False
    return give_up(recording.id, news.PROVIDER_LOST, origin=origin, rooms=rooms, now=now)
