"""Finding recordings, and showing what became of them."""

from __future__ import annotations

from datetime import datetime

from shared.capture.api import ListQuery
from shared.capture.domain import (
    DOWNLOAD_URL_LIFETIME,
    WORD_OF_STATE,
    CaptureDetails,
    states_of,
)
from shared.errors import Conflict, InvalidRequest
from shared.ports import Media, Recordings
from shared.recordings import finding
from shared.recordings.codec import from_plain
from shared.recordings.recording import Caller, Family, Recording


def details_of(recording: Recording) -> CaptureDetails:
    """The family's facts of a recording."""
    return from_plain(recording.details, CaptureDetails)


def find_recording(id: str, *, by: Caller, recordings: Recordings) -> Recording:
    """The caller's recording.

    Raises:
        NotFound: there is none that the caller may see.
    """
    return finding.find_recording(id, family=Family.CAPTURE, by=by, recordings=recordings)


def list_recordings(query: ListQuery, *, by: Caller, recordings: Recordings) -> tuple[list[Recording], str | None]:
    """One page, newest first, and the cursor of the next; costs at most limit + 2 document reads.

    One more where the cursor's recording has been deleted since.

    Raises:
        InvalidRequest: the cursor never was, or is not the caller's.
    """
    after = _position_of(query.cursor, by=by, recordings=recordings) if query.cursor else None
    page = recordings.page(
        by,
        Family.CAPTURE,
        state=states_of(query.status) if query.status else (),
        project_id=query.project_id,
        after=after,
        limit=query.limit + 1,
    )
    shown = page[: query.limit]
    return shown, shown[-1].id if len(page) > query.limit else None


def sign_video(id: str, *, by: Caller, recordings: Recordings, media: Media, now: datetime) -> tuple[str, datetime]:
    """A URL of the playable video, and when it ends.

    Raises:
        NotFound: there is no such recording.
        Conflict: it has no video, or it is not ready.
    """
    recording = find_recording(id, by=by, recordings=recordings)
    details = details_of(recording)
    if not details.has_video:
        raise Conflict("this recording was created without a video")
    if details.video is None:
        raise Conflict(f"the video is not ready: the recording is {WORD_OF_STATE[recording.state]}")
    url = media.signed_get(details.video, lifetime=DOWNLOAD_URL_LIFETIME, content_type=details.video.content_type)
    return url, now + DOWNLOAD_URL_LIFETIME


def _position_of(cursor: str, *, by: Caller, recordings: Recordings) -> tuple[datetime, str]:
    """Where a page goes on: behind a recording that the caller has seen, though it may be deleted since."""
    seen = recordings.find(cursor) or recordings.find_tombstone(cursor)
    if seen is None or seen.family is not Family.CAPTURE or seen.tenant_id != by.tenant_id:
        raise InvalidRequest("cursor: no such recording")
    return seen.created_at, seen.id
