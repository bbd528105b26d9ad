from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import Data, RecordingDeleted, RecordingId
from shared.rooms.deleting import delete_recording


@endpoint("DELETE /api/v1/recordings/{id}", raises=(NotFound,))
def rooms_delete_recording(
    id: RecordingId, caller: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock
) -> Data[RecordingDeleted]:
    """Delete a recording: nobody sees it any more, and its files go when the tenant's retention is over.

    One that is under way is stopped first.
    """
    gone = delete_recording(id, by=caller, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=clock.now())
    return Data(data=RecordingDeleted(id=gone.id, deleted_at=gone.deleted_at))
