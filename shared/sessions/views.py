"""From sessions, numbers and settings to what the wire shows of them."""

from __future__ import annotations

from dataclasses import asdict

from shared.sessions.api import SessionChangeIn, SessionOut, SettingsOut, StatsOut, sent
from shared.sessions.domain import STATUS_OF_STATE, AccountSettings, SessionChange, Stats
from shared.sessions.service import Session


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


def settings_out(settings: AccountSettings) -> SettingsOut:
    """What an account has chosen."""
    return SettingsOut.model_validate(asdict(settings))


def change_of(body: SessionChangeIn) -> SessionChange:
    """What a PATCH asks for, in the domain's words."""
    values = sent(body)
    status, prompt = values.pop("status", None), values.pop("prompt", None)
    if "duration" in values:
        values["duration_s"] = values.pop("duration")
    return SessionChange(status=status, prompt=prompt, values=values)
