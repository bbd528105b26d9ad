from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import RoomId
from shared.rooms.reading import find_room
from shared.rooms.rooms_api import RoomOut


@endpoint("GET /api/v1/rooms/{id}", raises=(NotFound,))
def rooms_get_room(id: RoomId, caller: Caller, rooms: Rooms) -> RoomOut:
    """Return one room."""
    return RoomOut.of(find_room(id, by=caller, rooms=rooms))
