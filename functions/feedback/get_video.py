from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.feedback.api import FeedbackId
from shared.feedback.failures import VideoNotFound
from shared.feedback.outputs_api import VideoOut
from shared.feedback.service import find_visible
from shared.feedback.uploads import look_for_upload, sign_video
from shared.ports import Clock, Ids, Media, Recordings, Tasks
from shared.recordings.visitors import Visitor


@endpoint("GET /api/feedback/recordings/{id}/video", raises=(NotFound, VideoNotFound))
def feedback_get_video(
    id: FeedbackId, visitor: Visitor, recordings: Recordings, media: Media, tasks: Tasks, ids: Ids, clock: Clock
) -> VideoOut:
    """Return a URL of the video, valid for an hour."""
    recording = find_visible(id, by=visitor, recordings=recordings)
    recording = look_for_upload(recording, recordings=recordings, media=media, tasks=tasks, ids=ids, now=clock.now())
    return VideoOut(video_url=sign_video(recording, recordings=recordings, media=media))
