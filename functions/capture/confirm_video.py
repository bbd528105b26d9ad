from shared.capture.api import CaptureId, RecordingOut
from shared.capture.reading import details_of
from shared.capture.service import confirm_video
from shared.edge.endpoint import endpoint
from shared.errors import Conflict, NotFound
from shared.ports import Clock, Ids, Media, Recordings, Tasks
from shared.recordings.recording import Caller


@endpoint("POST /api/v1/recordings/{id}/confirm", raises=(NotFound, Conflict))
def capture_confirm_video(
    id: CaptureId,
    caller: Caller,
    recordings: Recordings,
    media: Media,
    tasks: Tasks,
    ids: Ids,
    clock: Clock,
) -> RecordingOut:
    """Confirm that the video has been uploaded, and start its processing.

    The storage trigger does the same by itself; whichever comes second changes nothing.
    """
    recording = confirm_video(id, by=caller, recordings=recordings, media=media, tasks=tasks, ids=ids, now=clock.now())
    return RecordingOut.of(recording, details_of(recording))
