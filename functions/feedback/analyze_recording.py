from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.feedback.analysing import start_analysis
from shared.feedback.api import AnalysisStarted, FeedbackId
from shared.feedback.failures import VideoNotUploaded
from shared.feedback.service import find_recording
from shared.feedback.uploads import look_for_upload
from shared.ports import Clock, Ids, Media, Recordings, Tasks
from shared.recordings.recording import Caller


@endpoint("POST /api/feedback/recordings/{id}/analyze", status=202, raises=(NotFound, VideoNotUploaded))
def feedback_analyze_recording(
    id: FeedbackId, caller: Caller, recordings: Recordings, media: Media, tasks: Tasks, ids: Ids, clock: Clock
) -> AnalysisStarted:
    """Start the analysis of a recording whose video has been uploaded.

    While one is under way the answer names that one; after it has ended, a new one begins.
    """
    now = clock.now()
    recording = find_recording(id, by=caller, recordings=recordings)
    look_for_upload(recording, recordings=recordings, media=media, tasks=tasks, ids=ids, now=now)
    run = start_analysis(id, by=caller, recordings=recordings, tasks=tasks, ids=ids, now=now)
    return AnalysisStarted(status="analyzing", job_id=run.id)
