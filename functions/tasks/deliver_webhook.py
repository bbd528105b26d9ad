from collections.abc import Mapping

from shared.edge.task import task
from shared.ports import Clock, Tasks
from shared.ports.files import HotFiles
from shared.ports.rooms import Rooms
from shared.ports.sealing import Sealing
from shared.ports.webhooks import WebhookSender
from shared.rooms.webhooks.delivering import deliver_webhook


@task(timeout_s=120)
def tasks_deliver_webhook(
    arguments: Mapping[str, str],
    rooms: Rooms,
    tasks: Tasks,
    sealing: Sealing,
    files: HotFiles,
    sender: WebhookSender,
    clock: Clock,
) -> None:
    """Make one attempt at telling a tenant's server of a finished recording."""
    deliver_webhook(arguments, rooms=rooms, tasks=tasks, sealing=sealing, files=files, sender=sender, clock=clock)
