from shared.edge.endpoint import endpoint
from shared.ports import Clock, Ids
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller
from shared.rooms.rooms import create_room
from shared.rooms.rooms_api import NewRoom, RoomOut


@endpoint("POST /api/v1/rooms", status=201)
def rooms_create_room(
    body: NewRoom, caller: Caller, once: Once, rooms: Rooms, meetings: Meetings, ids: Ids, clock: Clock
) -> RoomOut:
    """Create a room and its meeting at RealtimeKit."""
    config = body.room_config()
    return RoomOut.of(
        create_room(body.name, config, by=caller, once=once, rooms=rooms, meetings=meetings, ids=ids, clock=clock)
    )
