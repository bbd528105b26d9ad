"""What processing has found, and how its owner removes a frame of it."""

from __future__ import annotations

from datetime import datetime

from shared.errors import Conflict, NotFound
from shared.ports import Ids, Media, Recordings, Transaction
from shared.recordings.codec import to_plain
from shared.recordings.handover import GZIP, pack, unpack
from shared.recordings.objects import EditName
from shared.recordings.recording import Caller, Family, Recording, StoredObject
from shared.recordings.runs import RunState
from shared.sessions.domain import SessionDetails
from shared.sessions.evidence import SessionEvidence
from shared.sessions.failures import RunUnderWay
from shared.sessions.service import details_of, find_session, session_in
from shared.structs import replace


def read_evidence(details: SessionDetails, *, media: Media) -> SessionEvidence:
    """What a session has shown so far; nothing while it has not been processed.

    Raises:
        Conflict: its frames were changed since `details` was read.
    """
    if details.evidence is None:
        return SessionEvidence()
    try:
        return unpack(b"".join(media.stream(details.evidence)), SessionEvidence)
    except FileNotFoundError:
        raise Conflict("the frames were changed at the same time") from None


def delete_frame(
    id: str, frame_id: str, *, by: Caller, recordings: Recordings, media: Media, ids: Ids, now: datetime
) -> None:
    """Remove a frame, its picture and what was read on it; the prompt stays as it was written.

    Raises:
        NotFound: there is no such session or frame.
        RunUnderWay: the session is being processed.
        Conflict: somebody else was changing the frames at the same moment.
    """
    details = details_of(find_session(id, by=by, recordings=recordings))
    evidence, read = read_evidence(details, media=media), details.evidence
    gone = [frame for frame in evidence.frames if frame.id == frame_id]
    if read is None or not gone:
        raise NotFound("frame not found")
    kept = replace(evidence, frames=tuple(frame for frame in evidence.frames if frame.id != frame_id))
    name = EditName(Family.SESSIONS, id, ids.uuid(), "evidence.json.gz").render()
    stored = media.save(name, pack(kept), content_type=GZIP)

    def attempt(transaction: Transaction) -> None:
        recording = _unchanged(transaction, id, read, by=by)
        details = replace(details_of(recording), evidence=stored, frame_count=len(kept.frames))
        transaction.save(replace(recording, details=to_plain(details), updated_at=now))

    try:
        recordings.transact(attempt)
    except (Conflict, NotFound):
        media.delete(stored)
        raise
    for unread in (read, *(picture for frame in gone for picture in frame.pictures)):
        media.delete(unread)


def _unchanged(transaction: Transaction, id: str, read: StoredObject, *, by: Caller) -> Recording:
    """The session, if its evidence is still what was read."""
    recording = session_in(transaction, id, by=by)
    run = transaction.run(recording.current_run) if recording.current_run else None
    if run is not None and run.state is RunState.LIVE:
        raise RunUnderWay
    if details_of(recording).evidence != read:
        raise Conflict("the frames were changed at the same time")
    return recording
