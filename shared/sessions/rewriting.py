"""A prompt that is written anew, for another agent or from fewer frames."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.errors import Conflict, InvalidRequest
from shared.ports import Media, Recordings, Transaction
from shared.recordings.recording import Caller, State
from shared.recordings.texts import Text
from shared.sessions.domain import PROMPT, AgentTarget
from shared.sessions.editing import read_evidence
from shared.sessions.evidence import SessionEvidence
from shared.sessions.service import details_of, find_session, find_settings, session_in
from shared.sessions.synthesis import write_prompt
from shared.structs import replace


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
        changed = replace(session_in(transaction, id, by=by), updated_at=now)
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
