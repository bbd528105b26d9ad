from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller
from shared.rooms.api import Data, RoomId, Started
from shared.rooms.failures import AlreadyRecording, RecordingDisabled, RoomEnded
from shared.rooms.reading import details_of
from shared.rooms.starting import start_recording


@endpoint(
    "POST /api/v1/rooms/{id}/recordings/start",
    status=201,
    raises=(NotFound, AlreadyRecording, RoomEnded, RecordingDisabled),
)
def rooms_start_recording(
    id: RoomId, caller: Caller, once: Once, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock
) -> Data[Started]:
    """Start to record a room; of many starts at once one does, and the others are refused with 409.

    A 502 leaves no recording where RealtimeKit has refused. Where its answer was lost the room stays reserved until it
    is known, within about half an hour, whether the meeting is being recorded.
    """
    recording = start_recording(
        id, by=caller, once=once, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, clock=clock
    )
    return Data(data=Started.of(recording, details_of(recording)))
