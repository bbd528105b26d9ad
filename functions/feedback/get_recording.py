from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.feedback.api import FeedbackId, RecordingOut
from shared.feedback.service import find_visible, metadata_of
from shared.feedback.uploads import look_for_upload
from shared.feedback.views import recording_out
from shared.ports import Clock, Ids, Media, Recordings, Tasks
from shared.recordings.visitors import Visitor


@endpoint("GET /api/feedback/recordings/{id}", raises=(NotFound,))
def feedback_get_recording(
    id: FeedbackId, visitor: Visitor, recordings: Recordings, media: Media, tasks: Tasks, ids: Ids, clock: Clock
) -> RecordingOut:
    """Return one recording, with its metadata as they were sent."""
    recording = find_visible(id, by=visitor, recordings=recordings)
    recording = look_for_upload(recording, recordings=recordings, media=media, tasks=tasks, ids=ids, now=clock.now())
    return recording_out(recording, metadata_of(recording, media=media))
