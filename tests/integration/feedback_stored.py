"""Feedback recordings as their analysis leaves them, made in a moment by the product's own adapters."""

from __future__ import annotations

from typing import Any

from shared import ports
from shared.evidence.analysis import Analysis
from shared.evidence.timeline import Timeline
from shared.evidence.transcript import Transcript
from shared.feedback.service import details_of
from shared.recordings.codec import to_plain
from shared.recordings.handover import GZIP, pack
from shared.recordings.objects import OutputName
from shared.recordings.recording import Failure, Family, State, StoredObject
from shared.structs import replace
from shared.wiring import wired
from tests.integration.sessions_videos import small_film
from tests.integration.stored import recording_of
from tests.unit.analysis_examples import ANALYSIS, TIMELINE, TRANSCRIPT


def change(
    id: str, *, state: State, failure: Failure | None = None, upload: StoredObject | None = None, **details: Any
) -> None:
    """Put a recording where a run would have brought it, in the middle or at the end."""
    recording = recording_of(id)
    changed = to_plain(replace(details_of(recording), **details))
    moved = replace(
        recording,
        state=state,
        failure=failure,
        upload=upload or recording.upload,
        upload_deadline=None,
        details=changed,
    )
    wired(ports.Recordings).transact(lambda transaction: transaction.save(moved))


def complete_analysis(
    id: str,
    *,
    analysis: Analysis = ANALYSIS,
    timeline: Timeline = TIMELINE,
    transcript: Transcript = TRANSCRIPT,
) -> None:
    """Give a recording what its upload and its analysis would have given it."""
    job_id = wired(ports.Ids).uuid()

    def save(content: bytes, file: str, content_type: str = GZIP) -> StoredObject:
        name = OutputName(Family.FEEDBACK, id, job_id, "analyze_evidence", 1, file).render()
        stored: StoredObject = wired(ports.Media).save(name, content, content_type=content_type)
        return stored

    change(
        id,
        state=State.READY,
        upload=save(small_film(), "video.webm", "video/webm"),
        job_id=job_id,
        analysis=save(pack(analysis), "analysis.json.gz"),
        timeline=save(pack(timeline), "timeline.json.gz"),
        transcript=save(pack(transcript), "transcript.json.gz"),
        shown_title="The button does nothing",
        shown_url="https://shop.example/checkout",
    )
