from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import Data, RoomId
from shared.rooms.following_api import Synced
from shared.rooms.syncing import sync_recordings


@endpoint("POST /api/v1/rooms/{id}/recordings/sync", raises=(NotFound,))
def rooms_sync_recordings(
    id: RoomId, caller: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock
) -> Data[Synced]:
    """Ask RealtimeKit what it has of a room, and take over what is not known yet.

    Answers with the recordings that are new or have changed; files that are there are imported after the answer.
    """
    changed = sync_recordings(id, by=caller, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=clock.now())
    return Data(data=Synced.of(changed))
