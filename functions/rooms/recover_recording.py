from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import Data, RecordingId
from shared.rooms.following_api import RecoveredRecording
from shared.rooms.recovering import NotRecoverable, recover_recording


@endpoint("POST /api/v1/recordings/{id}/recover", raises=(NotFound, NotRecoverable))
def rooms_recover_recording(
    id: RecordingId, caller: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock
) -> Data[RecoveredRecording]:
    """Ask RealtimeKit about a recording that is processing, and import its file again if it is there.

    While an import is under way no second one is begun. A recording of which RealtimeKit has no file any more has
    failed, and the answer says so.
    """
    recovered = recover_recording(id, by=caller, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=clock.now())
    return Data(data=RecoveredRecording.of(recovered))
