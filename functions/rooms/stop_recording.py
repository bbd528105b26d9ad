from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import Data, RoomId, Stopped
from shared.rooms.reading import details_of
from shared.rooms.stopping import stop_recording


@endpoint("POST /api/v1/rooms/{id}/recordings/stop", raises=(NotFound,))
def rooms_stop_recording(
    id: RoomId, caller: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock
) -> Data[Stopped]:
    """Stop the recording of a room that is under way; its file is imported when RealtimeKit has it."""
    recording = stop_recording(id, by=caller, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=clock.now())
    return Data(data=Stopped.of(recording, details_of(recording)))
