"""From sessions to what the wire shows of them."""

from __future__ import annotations

import base64
from dataclasses import asdict
from datetime import datetime, timedelta

from shared.evidence.aria_diff import MarkedNode
from shared.evidence.pages import PageSnapshot
from shared.recordings.recording import Recording
from shared.recordings.runs import Run, RunState
from shared.sessions.api import (
    DiffSummaryOut,
    FrameOut,
    LaneOut,
    NodeOut,
    ProcessingStatusOut,
    SessionChangeIn,
    SessionOut,
    SessionWithFramesOut,
    SettingsOut,
    StatsOut,
    StatusOut,
    sent,
)
from shared.sessions.domain import STATUS_OF_STATE, AccountSettings, SessionChange, Stats
from shared.sessions.evidence import SeenFrame, SessionEvidence
from shared.sessions.frames import Frame, compare_frames
from shared.sessions.processing_api import InspectionOut, ProcessingOut, SnapshotOut
from shared.sessions.progress import LANES, lane_of, last_change, last_error, stage_of
from shared.sessions.service import Session, details_of


def session_out(session: Session) -> SessionOut:
    """A session without its frames."""
    return SessionOut.model_validate(_members(session))


def session_with_frames_out(session: Session, evidence: SessionEvidence) -> SessionWithFramesOut:
    """A session with its frames."""
    frames = frames_out(session.recording, evidence)
    return SessionWithFramesOut.model_validate({**_members(session), "frames": frames})


def frames_out(recording: Recording, evidence: SessionEvidence) -> list[FrameOut]:
    """The frames, with what each of them changed."""
    compared = compare_frames(evidence.frames)
    return [_frame_out(recording, *pair) for pair in zip(evidence.frames, compared, strict=True)]


def processing_out(session: Session, evidence: SessionEvidence) -> ProcessingOut:
    """What became of an upload."""
    recording, details = session.recording, session.details
    frames = frames_out(recording, evidence)
    urls = [page.url for page in evidence.pages]
    inspection = InspectionOut(
        urls_inspected=urls,
        snapshots=[_snapshot_out(page) for page in evidence.pages],
        duration_ms=details.inspection_ms,
    )
    return ProcessingOut(
        session_id=recording.id,
        status="complete",
        title=details.title,
        seed_url=details.seed_url or "",
        agent_target=details.agent_target,
        file_size=details.file_size,
        mime_type=details.mime_type,
        prompt=session.prompt,
        frames=frames,
        frame_count=len(frames),
        urls_inspected=urls,
        processing_ms=details.processing_ms,
        inspection=inspection,
    )


def status_out(recording: Recording, run: Run | None, *, now: datetime) -> StatusOut:
    """How far a session is."""
    return StatusOut(
        session_id=recording.id,
        session_status=STATUS_OF_STATE[recording.state],
        processing_status=None if run is None else _processing_status(run),
        processing_time=_taken_ms(recording, run, now),
        last_error=last_error(run) if run else None,
    )


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


def _members(session: Session) -> dict[str, object]:
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


def _frame_out(recording: Recording, seen: SeenFrame, frame: Frame) -> FrameOut:
    changes = frame.summary
    picture = base64.b64encode(seen.thumbnail).decode()
    return FrameOut(
        id=seen.id,
        session_id=recording.id,
        timestamp=seen.timestamp_ms,
        url=seen.url,
        thumbnail_url=f"data:image/png;base64,{picture}",
        diff_summary=DiffSummaryOut(added=changes.added, changed=changes.changed, removed=changes.removed),
        aria_tree=[_node_out(node) for node in frame.marked],
        created_at=recording.created_at,
    )


def _node_out(marked: MarkedNode) -> NodeOut:
    return NodeOut(
        role=marked.node.role,
        name=marked.node.name,
        children=[_node_out(child) for child in marked.children] or None,
        diff_status=None if marked.status is None else marked.status.value,
    )


def _snapshot_out(page: PageSnapshot) -> SnapshotOut:
    counts = page.counts
    return SnapshotOut(
        url=page.url,
        counts={
            "buttons": counts.buttons,
            "inputs": counts.inputs,
            "links": counts.links,
            "headings": counts.headings,
            "images": counts.images,
            "total": counts.total,
        },
        success=page.is_loaded,
        error=page.error,
    )


def _processing_status(run: Run) -> ProcessingStatusOut:
    lanes = {name: LaneOut.model_validate(asdict(lane_of(run, name))) for name in LANES}
    return ProcessingStatusOut.model_validate(
        {**lanes, "overall_stage": stage_of(run), "last_updated": last_change(run), "last_error": last_error(run)}
    )


def _taken_ms(recording: Recording, run: Run | None, now: datetime) -> int:
    if run is None:
        return details_of(recording).processing_ms
    ends_at = now if run.state is RunState.LIVE else run.ended_at or now
    return round((ends_at - recording.created_at) / timedelta(milliseconds=1))
