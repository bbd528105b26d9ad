"""Where a recording's file can be had: in the hot store, back from the cold one, not yet, or not any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.errors import PlayheadError
from shared.ports.files import ColdFiles, FileStore, HotFiles
from shared.ports.rooms import Rooms
from shared.recordings.files import RestoreState, StoredFile, Tier
from shared.recordings.finding import is_visible, not_found
from shared.recordings.recording import Caller, Family, Recording, State
from shared.rooms.domain import DOWNLOAD_URL_LIFETIME, DeletedBy
from shared.rooms.reading import details_of
from shared.structs import Struct

#: What is told of a recording whose file cannot be had.
MESSAGES = {
    State.CAPTURING: "The recording is still in progress.",
    State.PROCESSING: "The recording is being processed.",
    State.READY: "The recording is being archived.",
    State.FAILED: "The recording has failed; there is no file.",
    State.ARCHIVED: "The recording is archived. Restore it to download it.",
}
_BEING_RESTORED = "The recording is archived and is being restored."
_SHORTEST_LIFETIME = timedelta(seconds=1)


class RecordingExpired(PlayheadError):
    """The recording was removed when its retention was over."""

    status, code = 410, "gone"


class FileOffer(Struct, frozen=True, kw_only=True):
    """A recording, and a URL of its file or the reason why there is none."""

    recording: Recording
    tier: Tier = Tier.HOT
    url: str | None = None
    message: str = ""


def offer_file(id: str, *, by: Caller, rooms: Rooms, hot: HotFiles, cold: ColdFiles, now: datetime) -> FileOffer:
    """A URL of the recording's file, valid for an hour at most.

    Raises:
        NotFound: there is no such recording.
        RecordingExpired: there was, until its retention was over.
    """
    recording = rooms.find(id)
    if recording is None or not is_visible(recording, family=Family.ROOMS, to=by):
        raise _absent(id, by, rooms)
    details = details_of(recording)
    if details.copy is not None:
        return _offer_cold(recording, details.copy, cold, now)
    if recording.state is State.READY and details.file is not None:
        return FileOffer(recording=recording, url=_sign(details.file, recording, hot, DOWNLOAD_URL_LIFETIME))
    return FileOffer(recording=recording, message=MESSAGES[recording.state])


def _absent(id: str, by: Caller, rooms: Rooms) -> PlayheadError:
    deleted = rooms.find_deleted(id)
    if deleted is None or deleted.tenant_id != by.tenant_id or deleted.deleted_by is not DeletedBy.RETENTION:
        return not_found(Family.ROOMS)
    return RecordingExpired()


def _offer_cold(recording: Recording, copy: StoredFile, cold: ColdFiles, now: datetime) -> FileOffer:
    restored = cold.restore_state(copy)
    if restored.state is RestoreState.AVAILABLE:
        left = restored.available_until - now if restored.available_until else DOWNLOAD_URL_LIFETIME
        lifetime = max(_SHORTEST_LIFETIME, min(DOWNLOAD_URL_LIFETIME, left))
        return FileOffer(recording=recording, tier=Tier.COLD, url=_sign(copy, recording, cold, lifetime))
    is_on_its_way = restored.state is RestoreState.IN_PROGRESS
    message = _BEING_RESTORED if is_on_its_way else MESSAGES[recording.state]
    return FileOffer(recording=recording, tier=Tier.COLD, message=message)


def _sign(file: StoredFile, recording: Recording, store: FileStore, lifetime: timedelta) -> str:
    return store.signed_get(file, lifetime=lifetime, file_name=f"{recording.id}.mp4")
