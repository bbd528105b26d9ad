from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import RoomId
from shared.rooms.rooms import update_room
from shared.rooms.rooms_api import RoomChange, RoomOut


@endpoint("PATCH /api/v1/rooms/{id}", raises=(NotFound,))
def rooms_update_room(
    id: RoomId, body: RoomChange, caller: Caller, rooms: Rooms, meetings: Meetings, clock: Clock
) -> RoomOut:
    """Change a room's name, and of its config what is sent."""
    return RoomOut.of(update_room(id, body.sent(), by=caller, rooms=rooms, meetings=meetings, now=clock.now()))
