from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.feedback.api import FeedbackId
from shared.feedback.failures import AnalysisNotFound, AnalysisNotReady
from shared.feedback.output_views import summary_out
from shared.feedback.outputs import read_analysis
from shared.feedback.outputs_api import SummaryOut
from shared.feedback.service import find_recording
from shared.ports import Media, Recordings
from shared.recordings.recording import Caller


@endpoint("GET /api/feedback/recordings/{id}/summary", raises=(NotFound, AnalysisNotFound, AnalysisNotReady))
def feedback_get_summary(id: FeedbackId, caller: Caller, recordings: Recordings, media: Media) -> SummaryOut:
    """Return what the recording is about, and what was found in it."""
    recording = find_recording(id, by=caller, recordings=recordings)
    return summary_out(read_analysis(recording, media=media))
