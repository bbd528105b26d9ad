from shared.capture.api import CaptureId, RecordingOut
from shared.capture.reading import details_of, find_recording
from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Recordings
from shared.recordings.recording import Caller


@endpoint("GET /api/v1/recordings/{id}", raises=(NotFound,))
def capture_get_recording(id: CaptureId, caller: Caller, recordings: Recordings) -> RecordingOut:
    """Return one recording of the caller's tenant."""
    recording = find_recording(id, by=caller, recordings=recordings)
    return RecordingOut.of(recording, details_of(recording))
