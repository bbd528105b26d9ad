from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import Data, RecordingId, RecordingOut
from shared.rooms.reading import details_of, find_recording


@endpoint("GET /api/v1/recordings/{id}", raises=(NotFound,))
def rooms_get_recording(id: RecordingId, caller: Caller, rooms: Rooms) -> Data[RecordingOut]:
    """Return one recording, with its room by the name that it had when the recording began."""
    recording = find_recording(id, by=caller, rooms=rooms)
    return Data(data=RecordingOut.of(recording, details_of(recording)))
