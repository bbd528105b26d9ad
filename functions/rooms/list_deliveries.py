from shared.edge.endpoint import endpoint
from shared.errors import Forbidden
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import PageQuery
from shared.rooms.webhooks.deliveries_api import DeliveryList
from shared.rooms.webhooks.redelivering import list_deliveries


@endpoint("GET /api/v1/webhooks/deliveries", raises=(Forbidden,))
def rooms_list_deliveries(query: PageQuery, caller: Caller, rooms: Rooms) -> DeliveryList:
    """List what the tenant's server was told of finished recordings, newest first, with every attempt.

    For administrators. A page costs `offset` + `limit` document reads, and one per 1,000 for `total`.
    """
    page = list_deliveries(by=caller, limit=query.limit, offset=query.offset, rooms=rooms)
    return DeliveryList.of(page, limit=query.limit, offset=query.offset)
