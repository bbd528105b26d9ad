"""Asking for an archived file. The recording stays archived; what changes is that it can be read for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.errors import PlayheadError
from shared.ports.files import ColdFiles
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.codec import to_plain
from shared.recordings.files import RestoreState, RestoreTier
from shared.recordings.recording import Caller, Recording, State
from shared.rooms.domain import RestoreRequest
from shared.rooms.reading import details_of, find_recording
from shared.structs import Struct, replace

#: How long a restored file can be read, in days.
RESTORED_FOR_DAYS = 7
#: The longest that S3 Glacier says it takes, by tier.
RESTORED_WITHIN = {
    RestoreTier.EXPEDITED: timedelta(minutes=5),
    RestoreTier.STANDARD: timedelta(hours=5),
    RestoreTier.BULK: timedelta(hours=12),
}


class NotArchived(PlayheadError):
    """Only a recording that is archived can be restored."""

    status, code = 400, "not_archived"


class Restore(Struct, frozen=True, kw_only=True):
    """Where a recording's way back stands; `eta` while there is something to wait for."""

    recording: Recording
    state: RestoreState
    eta: datetime | None


def restore_recording(
    id: str, *, tier: RestoreTier, by: Caller, rooms: Rooms, files: ColdFiles, now: datetime
) -> Restore:
    """Ask for the file of an archived recording; while it is on its way, or there, nothing changes.

    Raises:
        NotFound: there is no such recording.
        NotArchived: it is not archived.
    """
    recording = find_recording(id, by=by, rooms=rooms)
    details = details_of(recording)
    if recording.state is not State.ARCHIVED or details.copy is None:
        raise NotArchived
    restored = files.restore_state(details.copy)
    if restored.state is not RestoreState.NONE:
        asked = details.restore if restored.state is RestoreState.IN_PROGRESS else None
        return Restore(recording=recording, state=restored.state, eta=asked.eta if asked else None)
    files.restore(details.copy, tier=tier, days=RESTORED_FOR_DAYS)
    request = RestoreRequest(tier=tier, requested_at=now, eta=now + RESTORED_WITHIN[tier])
    _note(recording, request, rooms)
    return Restore(recording=recording, state=RestoreState.IN_PROGRESS, eta=request.eta)


def _note(recording: Recording, request: RestoreRequest, rooms: Rooms) -> None:
    def attempt(transaction: RoomsTransaction) -> None:
        current = transaction.recording(recording.id)
        if current is not None:  # else it was deleted meanwhile, and the file goes back to the cold by itself
            transaction.save(replace(current, details={**current.details, "restore": to_plain(request)}))

    rooms.transact(attempt)
