from shared.edge.endpoint import endpoint
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import PageMeta, PageQuery, RecordingList, RecordingSummary
from shared.rooms.reading import details_of, list_recordings


@endpoint("GET /api/v1/recordings")
def rooms_list_recordings(query: PageQuery, caller: Caller, rooms: Rooms) -> RecordingList:
    """List the tenant's recordings, newest first.

    A page costs as many document reads as `offset` and `limit` together, and `total` one for every 1,000 recordings.
    """
    page = list_recordings(by=caller, limit=query.limit, offset=query.offset, rooms=rooms)
    found = [RecordingSummary.of(one, details_of(one)) for one in page.items]
    return RecordingList(data=found, meta=PageMeta(total=page.total, limit=query.limit, offset=query.offset))
