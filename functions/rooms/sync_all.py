from shared.edge.job import every
from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.attending import Swept
from shared.rooms.syncing import sync_all


@every("*/15 * * * *")
def rooms_sync_all(rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock) -> Swept:
    """Sync every room that has an open recording, or whose meetings are recorded by themselves."""
    return sync_all(rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, clock=clock)
