from shared.edge.endpoint import endpoint
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import PageQuery
from shared.rooms.reading import list_rooms
from shared.rooms.rooms_api import RoomList, RoomOut


@endpoint("GET /api/v1/rooms")
def rooms_list_rooms(query: PageQuery, caller: Caller, rooms: Rooms) -> RoomList:
    """List the tenant's rooms, newest first.

    A page costs as many document reads as `offset` and `limit` together, and `total` one for every 1,000 rooms.
    """
    page = list_rooms(by=caller, limit=query.limit, offset=query.offset, rooms=rooms)
    found = [RoomOut.of(room) for room in page.items]
    return RoomList(rooms=found, total=page.total, limit=query.limit, offset=query.offset)
