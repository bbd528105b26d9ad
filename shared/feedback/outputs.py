"""What an analysis has left behind, for its readers. While a new one runs, the last good one stays readable."""

from __future__ import annotations

from typing import TypeVar

from shared.evidence.analysis import Analysis
from shared.evidence.timeline import Timeline
from shared.evidence.transcript import Transcript
from shared.feedback.domain import FeedbackDetails
from shared.feedback.failures import AnalysisNotFound, AnalysisNotReady
from shared.feedback.markdown import render_markdown
from shared.feedback.service import details_of
from shared.ports import Media
from shared.recordings import finding
from shared.recordings.handover import unpack
from shared.recordings.recording import Family, Recording, State, StoredObject

Value = TypeVar("Value")


def read_analysis(recording: Recording, *, media: Media) -> Analysis:
    """What was found.

    Raises:
        AnalysisNotFound: nobody has asked for an analysis.
        AnalysisNotReady: none has ended well yet.
        NotFound: the recording is being deleted.
    """
    return _read(recording, details_of(recording).analysis, Analysis, media)


def read_timeline(recording: Recording, *, media: Media) -> Timeline:
    """The evidence. Raises as `read_analysis` does."""
    return _read(recording, details_of(recording).timeline, Timeline, media)


def read_transcript(recording: Recording, *, media: Media) -> Transcript:
    """What was heard. Raises as `read_analysis` does."""
    return _read(recording, details_of(recording).transcript, Transcript, media)


def analysis_as_markdown(recording: Recording, analysis: Analysis, timeline: Timeline) -> str:
    """The analysis for a coding agent."""
    details = details_of(recording)
    return render_markdown(analysis, timeline, title=details.shown_title, url=details.shown_url)


def _read(recording: Recording, stored: StoredObject | None, type_: type[Value], media: Media) -> Value:
    if stored is None:
        raise _absent(recording, details_of(recording))
    try:
        return unpack(b"".join(media.stream(stored)), type_)
    except FileNotFoundError:
        raise finding.not_found(Family.FEEDBACK) from None


def _absent(recording: Recording, details: FeedbackDetails) -> AnalysisNotFound | AnalysisNotReady:
    if details.job_id is None:
        return AnalysisNotFound()
    if recording.state is State.FAILED:
        code = recording.failure.code if recording.failure else "unknown"
        hint = "Start another one with POST /api/feedback/recordings/{id}/analyze."
        return AnalysisNotReady(f"The analysis has failed: {code}.", hint=hint)
    return AnalysisNotReady()
