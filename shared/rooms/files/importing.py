"""Importing: from the provider's download URL to the hot store, once, whole, and what was promised.

    begin ─▶ arrival kept ─▶ parts … ─▶ complete ─▶ (the step's commit) file

A crash anywhere leaves parts behind, and the arrival says what they are parts of: the next attempt asks the provider
for the rest of that very file. One that has changed since, by its entity tag, begins anew.
"""

from __future__ import annotations

from shared.errors import InvalidRequest, Upstream
from shared.ports.downloads import Download, Downloads
from shared.ports.files import HotFiles
from shared.ports.meetings import Meetings, ProviderRecording, ProviderState
from shared.ports.rooms import Rooms
from shared.recordings.codec import to_plain
from shared.recordings.files import StoredFile
from shared.recordings.outcomes import Permanent
from shared.recordings.recording import Recording
from shared.rooms.domain import Arrival, RoomRecordingDetails, file_key
from shared.rooms.files.checkpoints import keep
from shared.rooms.files.ready_files import find_anywhere
from shared.rooms.files.transfer import Progress, Transfer, finish, part_bytes_for, resume
from shared.rooms.reading import details_of
from shared.structs import Struct

CONTENT_TYPE = "video/mp4"

_GONE = ("provider_gone", "The provider does not have the file any more.")
_ERRORED = ("provider_errored", "The provider has failed to make a file of the recording.")
_EMPTY = ("provider_empty", "The provider's file is empty (0 bytes).")
_REFUSED = ("download_refused", "The provider's download URL leads where we do not go.")


class _Import(Struct, frozen=True, kw_only=True):
    """One attempt: whose file it is, and what is needed to get it."""

    recording: Recording
    run_id: str
    progress: Progress
    downloads: Downloads
    files: HotFiles
    rooms: Rooms


def import_recording(
    recording: Recording,
    *,
    run_id: str,
    progress: Progress,
    meetings: Meetings,
    downloads: Downloads,
    files: HotFiles,
    rooms: Rooms,
) -> StoredFile:
    """Bring the recording's file into the hot store, or find that an earlier attempt did.

    Raises:
        Permanent: the provider has no file, or not any more.
        Upstream: the provider or the store did not do as they should; what has arrived is kept.
        LeaseLost: the recording is deleted, or another run has taken it.
    """
    details = details_of(recording)
    complete = _find_complete(details, file_key(recording.id), files)
    if complete is not None:
        return complete
    found = _find_finished(details, meetings, rooms)
    attempt = _Import(
        recording=recording,
        run_id=run_id,
        progress=progress,
        downloads=downloads,
        files=files,
        rooms=rooms,
    )
    try:
        return _import(attempt, found, details.arrival)
    except FileNotFoundError as error:
        raise Permanent(*_GONE) from error
    except InvalidRequest as error:
        raise Permanent(*_REFUSED) from error


def _find_complete(details: RoomRecordingDetails, key: str, files: HotFiles) -> StoredFile | None:
    """The file, if it was completed before: by a run before this one, or just before a crash."""
    stored = files.describe(key) if details.file or details.arrival else None
    if stored is None:
        return None
    if details.file is not None and stored.is_same(details.file):
        return details.file
    if details.arrival is not None and stored.size_bytes == details.arrival.size_bytes:
        return stored.with_parts_of(details.arrival.part_bytes)
    return None


def _find_finished(details: RoomRecordingDetails, meetings: Meetings, rooms: Rooms) -> ProviderRecording:
    """What the provider says now, with a fresh download URL."""
    found = find_anywhere(details.provider_id, meetings=meetings, rooms=rooms) if details.provider_id else None
    if found is None:
        raise Permanent(*_GONE)
    if found.state is ProviderState.ERRORED:
        raise Permanent(*_ERRORED)
    if found.state is not ProviderState.UPLOADED:
        raise Upstream(f"the provider's recording is {found.state}")
    if found.download_url is None:
        raise Permanent(*_GONE)
    return found


def _import(attempt: _Import, found: ProviderRecording, arrival: Arrival | None) -> StoredFile:
    begun = _find_begun(attempt, arrival) if arrival else None
    if begun is not None and begun.is_whole:
        return attempt.files.complete(begun.partial, begun.parts, part_bytes=begun.part_bytes)
    start = begun.stored_bytes if begun else 0
    etag = arrival.source_etag if arrival else None
    with attempt.downloads.open(found.download_url or "", start=start, etag=etag) as download:
        _check_size(download, found)
        if begun is None or (download.start, download.size_bytes) != (start, begun.size_bytes):
            begun = _begin(attempt, download)
        return finish(begun, download, store=attempt.files, progress=attempt.progress)


def _find_begun(attempt: _Import, arrival: Arrival) -> Transfer | None:
    """What an earlier attempt has stored of the file that the arrival describes, if there is any."""
    partial = attempt.files.find_partial(file_key(attempt.recording.id))
    if partial is None or arrival.source_etag is None or arrival.upload_id != partial.upload_id:
        return None
    begun = resume(partial, size_bytes=arrival.size_bytes, part_bytes=arrival.part_bytes)
    return begun if begun.parts else None


def _check_size(download: Download, found: ProviderRecording) -> None:
    if download.size_bytes == 0:
        raise Permanent(*_EMPTY)
    if found.size_bytes not in (None, download.size_bytes):
        raise Upstream(f"the file has {download.size_bytes:,} bytes, and the provider says {found.size_bytes:,}")


def _begin(attempt: _Import, download: Download) -> Transfer:
    """Begin anew; whatever is left of an earlier attempt goes."""
    key = file_key(attempt.recording.id)
    attempt.files.delete(key)
    if download.start:
        raise Upstream("the provider's file has another length under the same entity tag")
    partial = attempt.files.begin(key, content_type=CONTENT_TYPE)
    arrival = Arrival(
        upload_id=partial.upload_id,
        source_etag=download.etag,
        size_bytes=download.size_bytes,
        part_bytes=part_bytes_for(download.size_bytes),
    )
    plain = to_plain(arrival)
    keep(attempt.recording, run_id=attempt.run_id, recordings=attempt.rooms, arrival=plain)
    return Transfer(partial=partial, size_bytes=arrival.size_bytes, part_bytes=arrival.part_bytes)
