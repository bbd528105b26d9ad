from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import RoomId
from shared.rooms.rooms import delete_room


@endpoint("DELETE /api/v1/rooms/{id}", status=204, raises=(NotFound,))
def rooms_delete_room(
    id: RoomId, caller: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock
) -> None:
    """End a room and delete it; its recordings stay."""
    delete_room(id, by=caller, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=clock.now())
