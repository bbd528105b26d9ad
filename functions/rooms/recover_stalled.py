from shared.edge.job import every
from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.attending import Swept
from shared.rooms.recovering import recover_stalled


@every("*/30 * * * *")
def rooms_recover_stalled(rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock) -> Swept:
    """Recover recordings that have been processing for over an hour, and webhooks whose next attempt was lost."""
    return recover_stalled(rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, clock=clock)
