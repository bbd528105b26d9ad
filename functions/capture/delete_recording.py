from shared.capture.api import CaptureId
from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Media, Recordings
from shared.recordings.deleting import delete_recording
from shared.recordings.recording import Caller, Family


@endpoint("DELETE /api/v1/recordings/{id}", status=204, raises=(NotFound,))
def capture_delete_recording(id: CaptureId, caller: Caller, recordings: Recordings, media: Media, clock: Clock) -> None:
    """Delete a recording for good: its events, its video and everything derived from them."""
    delete_recording(id, family=Family.CAPTURE, by=caller, recordings=recordings, media=media, now=clock.now())
