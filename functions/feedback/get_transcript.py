from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.evidence.webvtt import render_webvtt
from shared.feedback.api import FeedbackId
from shared.feedback.failures import AnalysisNotFound, AnalysisNotReady
from shared.feedback.output_views import transcript_out
from shared.feedback.outputs import read_transcript
from shared.feedback.outputs_api import TranscriptOut
from shared.feedback.service import find_recording
from shared.ports import Media, Recordings
from shared.recordings.recording import Caller
from shared.wire import Alternatives


@endpoint(
    "GET /api/feedback/recordings/{id}/transcript",
    text_type="text/vtt",
    raises=(NotFound, AnalysisNotFound, AnalysisNotReady),
)
def feedback_get_transcript(
    id: FeedbackId, caller: Caller, recordings: Recordings, media: Media
) -> Alternatives[TranscriptOut]:
    """Return what was said: every word as JSON or, with `Accept: text/vtt`, as subtitles."""
    transcript = read_transcript(find_recording(id, by=caller, recordings=recordings), media=media)
    return Alternatives(model=lambda: transcript_out(transcript), text=lambda: render_webvtt(transcript))
