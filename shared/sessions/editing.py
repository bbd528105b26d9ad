"""Changes that a session's owner makes to what processing has found: a frame less, another prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.errors import Conflict, InvalidRequest, NotFound
from shared.ports import Ids, Media, Recordings, Transaction
from shared.recordings import deleting
from shared.recordings.codec import to_plain
from shared.recordings.objects import EditName
from shared.recordings.recording import Caller, Family, Recording, State, StoredObject
from shared.recordings.runs import RunState
from shared.recordings.texts import Text
from shared.sessions.domain import PROMPT, AgentTarget, SessionDetails
from shared.sessions.evidence import SessionEvidence
from shared.sessions.failures import RunUnderWay
from shared.sessions.service import details_of, find_session, find_settings
from shared.sessions.steps import GZIP, pack, unpack
from shared.sessions.synthesis import write_prompt


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


def generate_prompt(
    id: str,
    *,
    target: AgentTarget | None,
    frame_ids: Sequence[str] | None,
    max_tokens: int | None,
    by: Caller,
    recordings: Recordings,
    media: Media,
    now: datetime,
) -> str:
    """Write the session's prompt anew and keep it.

    Raises:
        NotFound: there is no such session.
        InvalidRequest: a frame id is not of this session.
        Conflict: the session has not been processed.
    """
    recording = find_session(id, by=by, recordings=recordings)
    details = details_of(recording)
    if recording.state is State.PROCESSING or details.evidence is None:
        raise Conflict("the session has not been processed")
    evidence = _of_frames(read_evidence(details, media=media), frame_ids)
    settings = find_settings(by=by, recordings=recordings)
    details = replace(details, agent_target=target or details.agent_target)
    prompt = write_prompt(details, evidence, settings, max_tokens=max_tokens)

    def attempt(transaction: Transaction) -> None:
        changed = replace(_visible(transaction, id, by), updated_at=now)
        transaction.save(Text(recording_id=id, name=PROMPT, content=prompt), changed)

    recordings.transact(attempt)
    return prompt


def _of_frames(evidence: SessionEvidence, frame_ids: Sequence[str] | None) -> SessionEvidence:
    if frame_ids is None:
        return evidence
    known = {frame.id for frame in evidence.frames}
    if unknown := [id for id in frame_ids if id not in known]:
        raise InvalidRequest.of("frameIds", f"must be of this session, and {unknown[0]} is not")
    return replace(evidence, frames=tuple(frame for frame in evidence.frames if frame.id in frame_ids))


def _unchanged(transaction: Transaction, id: str, read: StoredObject, *, by: Caller) -> Recording:
    """The session, if its evidence is still what was read."""
    recording = _visible(transaction, id, by)
    run = transaction.run(recording.current_run) if recording.current_run else None
    if run is not None and run.state is RunState.LIVE:
        raise RunUnderWay
    if details_of(recording).evidence != read:
        raise Conflict("the frames were changed at the same time")
    return recording


def _visible(transaction: Transaction, id: str, by: Caller) -> Recording:
    recording = transaction.recording(id)
    if recording is None or not deleting.is_visible(recording, family=Family.SESSIONS, to=by):
        raise deleting.not_found(Family.SESSIONS)
    return recording
