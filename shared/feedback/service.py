"""The use cases of the feedback family that touch neither the video nor its analysis."""

from __future__ import annotations

from datetime import datetime

from shared.feedback.domain import FeedbackDetails
from shared.feedback.failures import AlreadyClaimed
from shared.ports import Media, Recordings, Transaction
from shared.recordings import deleting, finding
from shared.recordings.codec import from_plain
from shared.recordings.recording import Caller, Family, Recording
from shared.recordings.visitors import Visitor
from shared.structs import replace

#: A list without a limit is one answer; this many recordings are in it at most.
MOST_LISTED = 1000


def details_of(recording: Recording) -> FeedbackDetails:
    """The family's facts of a recording."""
    return from_plain(recording.details, FeedbackDetails)


def find_recording(id: str, *, by: Caller, recordings: Recordings) -> Recording:
    """The caller's recording.

    Raises:
        NotFound: there is none that the caller may see.
    """
    return finding.find_recording(id, family=Family.FEEDBACK, by=by, recordings=recordings)


def find_visible(id: str, *, by: Visitor, recordings: Recordings) -> Recording:
    """The recording of a caller, or the unclaimed one whose upload token the visitor holds.

    Raises:
        NotFound: there is none that the visitor may see.
    """
    recording = recordings.find(id)
    if recording is None or not is_visible(recording, to=by):
        raise finding.not_found(Family.FEEDBACK)
    return recording


def is_visible(recording: Recording, *, to: Visitor) -> bool:
    """Whether the visitor may know of this recording: their own, or nobody's if they hold its token."""
    if recording.family is not Family.FEEDBACK:
        return False
    if not recording.is_claimed:
        return to.holds_token_of == recording.id
    return to.caller is not None and finding.is_visible(recording, family=Family.FEEDBACK, to=to.caller)


def metadata_of(recording: Recording, *, media: Media) -> bytes:
    """The metadata as the client sent it: a JSON object, byte for byte."""
    stored = details_of(recording).metadata
    return media.read(stored, start=0, end=stored.size_bytes)


def list_recordings(*, by: Caller, limit: int | None, offset: int, recordings: Recordings) -> list[Recording]:
    """The caller's recordings, newest first, at most 1,000; costs one read each, and one for each that is passed."""
    return recordings.newest(by, Family.FEEDBACK, limit=limit or MOST_LISTED, offset=offset)


def claim_recording(id: str, *, by: Caller, recordings: Recordings, now: datetime) -> Recording:
    """Make nobody's recording the caller's, once; its upload token opens nothing any more.

    Raises:
        NotFound: there is no such recording, or it belongs to another tenant.
        AlreadyClaimed: it belongs to a colleague.
    """

    def attempt(transaction: Transaction) -> Recording:
        recording = transaction.recording(id)
        if recording is None or recording.family is not Family.FEEDBACK:
            raise finding.not_found(Family.FEEDBACK)
        if not recording.is_claimed:
            mine = replace(recording, tenant_id=by.tenant_id, user_id=by.user_id, updated_at=now)
            transaction.save(mine)
            return mine
        if recording.tenant_id != by.tenant_id:
            raise finding.not_found(Family.FEEDBACK)
        if recording.user_id != by.user_id:
            raise AlreadyClaimed
        return recording

    return recordings.transact(attempt)


def delete_recording(id: str, *, by: Visitor, recordings: Recordings, media: Media, now: datetime) -> None:
    """Delete a recording for good, with its video and its analysis.

    Raises:
        NotFound: there is none that the visitor may see; also the second time, and when somebody claims it meanwhile.
    """
    recording = find_visible(id, by=by, recordings=recordings)
    owner = Caller(tenant_id=recording.tenant_id, user_id=recording.user_id)
    deleting.delete_recording(id, family=Family.FEEDBACK, by=owner, recordings=recordings, media=media, now=now)
