from shared.edge.endpoint import endpoint
from shared.ports import Clock, Tasks
from shared.ports.ready_files import ReadyPolicy
from shared.ports.rooms import Rooms
from shared.ports.signed import SignedBody
from shared.rooms.api import Data
from shared.rooms.webhooks.incoming import receive_ready
from shared.rooms.webhooks.incoming_api import RecordingReady, WebhookReceived


@endpoint("POST /api/v1/webhooks/cloudflare/recording-ready")
def rooms_receive_recording_ready(
    signed: SignedBody[RecordingReady], policy: ReadyPolicy, rooms: Rooms, tasks: Tasks, clock: Clock
) -> Data[WebhookReceived]:
    """Take word that a recording's file is ready, signed in `X-Cloudflare-Signature`: hex HMAC-SHA256 of the raw body.

    RealtimeKit is asked about the recording. The `url` is used only if RealtimeKit does not know it, and if this
    deployment lists the host. Without a signature: 400; with one that does not fit: 401.
    """
    receive_ready(signed, policy=policy, rooms=rooms, tasks=tasks, now=clock.now())
    return Data(data=WebhookReceived())
