from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.feedback.api import FeedbackId
from shared.feedback.failures import AnalysisNotFound, AnalysisNotReady
from shared.feedback.output_views import timeline_out
from shared.feedback.outputs import read_timeline
from shared.feedback.outputs_api import TimelineOut, TimelineQuery
from shared.feedback.service import find_recording
from shared.ports import Media, Recordings
from shared.recordings.recording import Caller


@endpoint(
    "GET /api/feedback/recordings/{id}/timeline",
    raises=(NotFound, AnalysisNotFound, AnalysisNotReady),
    memory_mb=1024,
)
def feedback_get_timeline(
    id: FeedbackId, query: TimelineQuery, caller: Caller, recordings: Recordings, media: Media
) -> TimelineOut:
    """Return the evidence that the analysis rests on: everything that was seen, heard and logged, on one clock."""
    recording = find_recording(id, by=caller, recordings=recordings)
    return timeline_out(read_timeline(recording, media=media), query)
