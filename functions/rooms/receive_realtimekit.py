from shared.edge.endpoint import endpoint
from shared.ports import Clock, Tasks
from shared.ports.meetings import WebhookKeys
from shared.ports.rooms import Rooms
from shared.ports.signed import SignedBody
from shared.rooms.api import Data
from shared.rooms.webhooks.incoming import receive_realtimekit
from shared.rooms.webhooks.incoming_api import RealtimeKitNews, WebhookReceived


@endpoint("POST /api/v1/webhooks/cloudflare/recording")
def rooms_receive_realtimekit(
    signed: SignedBody[RealtimeKitNews], keys: WebhookKeys, rooms: Rooms, tasks: Tasks, clock: Clock
) -> Data[WebhookReceived]:
    """Take a webhook of RealtimeKit, signed over its raw body in `rtk-signature`.

    It is a hint: RealtimeKit is asked about the recording, and only what it answers counts. A repetition, by
    `rtk-uuid`, and a recording of a meeting that is of no room are answered like any other. Without a signature: 400;
    with one that does not fit: 401.
    """
    receive_realtimekit(signed, keys=keys, rooms=rooms, tasks=tasks, now=clock.now())
    return Data(data=WebhookReceived())
