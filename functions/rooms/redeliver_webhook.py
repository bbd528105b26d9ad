from shared.edge.endpoint import endpoint
from shared.errors import Forbidden, NotFound
from shared.ports import Clock, Tasks
from shared.ports.rooms import Rooms
from shared.recordings.recording import Caller
from shared.rooms.api import Data
from shared.rooms.webhooks.deliveries_api import DeliveryId, DeliveryOut
from shared.rooms.webhooks.redelivering import redeliver


@endpoint("POST /api/v1/webhooks/deliveries/{id}/redeliver", status=202, raises=(NotFound, Forbidden))
def rooms_redeliver_webhook(
    id: DeliveryId, caller: Caller, rooms: Rooms, tasks: Tasks, clock: Clock
) -> Data[DeliveryOut]:
    """Have a delivery tried anew, however its last tries ended.

    For administrators. It is told to where the tenant's webhook leads now, with a new download URL and under the same
    delivery id.
    """
    return Data(data=DeliveryOut.of(redeliver(id, by=caller, rooms=rooms, tasks=tasks, now=clock.now())))
