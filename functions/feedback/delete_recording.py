from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.feedback.api import FeedbackId
from shared.feedback.service import delete_recording
from shared.ports import Clock, Media, Recordings
from shared.recordings.visitors import Visitor


@endpoint("DELETE /api/feedback/recordings/{id}", status=204, raises=(NotFound,))
def feedback_delete_recording(
    id: FeedbackId, visitor: Visitor, recordings: Recordings, media: Media, clock: Clock
) -> None:
    """Delete a recording for good: its video, what was said about it, and its analysis."""
    delete_recording(id, by=visitor, recordings=recordings, media=media, now=clock.now())
