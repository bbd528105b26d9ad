from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.feedback.api import FeedbackId
from shared.feedback.failures import AnalysisNotFound, AnalysisNotReady
from shared.feedback.output_views import analysis_out
from shared.feedback.outputs import analysis_as_markdown, read_analysis, read_timeline
from shared.feedback.outputs_api import AnalysisOut
from shared.feedback.service import find_recording
from shared.ports import Media, Recordings
from shared.recordings.recording import Caller
from shared.wire import Alternatives


@endpoint(
    "GET /api/feedback/recordings/{id}/analysis",
    text_type="text/markdown",
    raises=(NotFound, AnalysisNotFound, AnalysisNotReady),
    memory_mb=1024,
)
def feedback_get_analysis(
    id: FeedbackId, caller: Caller, recordings: Recordings, media: Media
) -> Alternatives[AnalysisOut]:
    """Return what happens in the recording, section by section, with the evidence of every statement.

    With `Accept: text/markdown` the same is written for a coding agent.
    """
    recording = find_recording(id, by=caller, recordings=recordings)
    analysis, timeline = read_analysis(recording, media=media), read_timeline(recording, media=media)
    return Alternatives(
        model=lambda: analysis_out(analysis, timeline),
        text=lambda: analysis_as_markdown(recording, analysis, timeline),
    )
