from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import RoomId
from shared.rooms.rooms import end_room
from shared.rooms.rooms_api import RoomOut


@endpoint("POST /api/v1/rooms/{id}/end", raises=(NotFound,))
def rooms_end_room(
    id: RoomId, caller: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock
) -> RoomOut:
    """End a room for good: nobody can join its meeting any more, and its recording is stopped."""
    return RoomOut.of(end_room(id, by=caller, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=clock.now()))
