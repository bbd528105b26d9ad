from datetime import timedelta

from shared.edge.job import every
from shared.ports import Clock, Ids, Tasks
from shared.ports.rooms import Rooms
from shared.recordings.attending import Swept
from shared.rooms.files.archiving_due import archive_due
from shared.settings import settings


@every("7 2 * * *")
def rooms_archive_due(rooms: Rooms, tasks: Tasks, ids: Ids, clock: Clock) -> Swept:
    """Move what is a week old to cold storage, where its retention is long enough."""
    least_left = timedelta(days=settings().archive_min_days)
    return archive_due(least_left=least_left, rooms=rooms, tasks=tasks, ids=ids, clock=clock)
