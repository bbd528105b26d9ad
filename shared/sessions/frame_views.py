"""From what a session's recording showed to what the wire shows of it."""

from __future__ import annotations

import base64

from shared.evidence.aria_diff import MarkedNode
from shared.evidence.pages import PageSnapshot
from shared.recordings.recording import Recording
from shared.sessions.evidence import SeenFrame, SessionEvidence
from shared.sessions.frames import Frame, compare_frames
from shared.sessions.frames_api import DiffSummaryOut, FrameOut, NodeOut, SessionWithFramesOut
from shared.sessions.processing_api import InspectionOut, ProcessingOut, SnapshotOut
from shared.sessions.service import Session
from shared.sessions.views import session_members


def session_with_frames_out(session: Session, evidence: SessionEvidence) -> SessionWithFramesOut:
    """A session with its frames."""
    frames = frames_out(session.recording, evidence)
    return SessionWithFramesOut.model_validate({**session_members(session), "frames": frames})


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
