"""From sessions and numbers to what the wire shows of them."""

from __future__ import annotations

from shared.sessions.api import sent
from shared.sessions.domain import STATUS_OF_STATE, SessionChange, Stats
from shared.sessions.service import Session
from shared.sessions.sessions_api import SessionChangeIn, SessionOut, StatsOut


def session_out(session: Session) -> SessionOut:
    """A session without its frames."""
    return SessionOut.model_validate(session_members(session))


def session_members(session: Session) -> dict[str, object]:
    """What is shown of every session, by Python's names."""
    recording, details = session.recording, session.details
    return {
        "id": recording.id,
        "user_id": recording.user_id,
        "title": details.title,
        "seed_url": details.seed_url,
        "status": STATUS_OF_STATE[recording.state],
        "duration": details.duration_s,
        "frame_count": details.frame_count,
        "urls": list(details.urls),
        "url_count": details.url_count,
        "agent_target": details.agent_target,
        "processing_time": details.processing_ms,
        "prompt": session.prompt,
        "created_at": recording.created_at,
        "updated_at": recording.updated_at,
    }


def stats_out(stats: Stats) -> StatsOut:
    """A user's sessions in numbers."""
    return StatsOut(
        total_sessions=stats.total_sessions,
        completed_sessions=stats.completed_sessions,
        total_duration=stats.total_duration_s,
        avg_processing_time=stats.average_processing_ms,
    )


def change_of(body: SessionChangeIn) -> SessionChange:
    """What a PATCH asks for, in the domain's words."""
    values = sent(body)
    status, prompt = values.pop("status", None), values.pop("prompt", None)
    if "duration" in values:
        values["duration_s"] = values.pop("duration")
    return SessionChange(status=status, prompt=prompt, values=values)
