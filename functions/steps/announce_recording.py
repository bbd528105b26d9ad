from shared.edge.lease import Attempt
from shared.edge.step import step
from shared.ports import Clock, Tasks
from shared.ports.rooms import Rooms
from shared.recordings.outcomes import Done, Skipped
from shared.rooms.webhooks.announcing import announce


@step(concurrency=16)
def steps_announce_recording(work: Attempt, rooms: Rooms, tasks: Tasks, clock: Clock) -> Done | Skipped:
    """Have the tenant's server told of the recording, if it wants that."""
    delivery = announce(work.recording, rooms=rooms, tasks=tasks, now=clock.now())
    if delivery is None:
        return Skipped(detail="the tenant has no webhook")
    return Done(detail=delivery.id)
