from collections.abc import Mapping

from shared.edge.task import task
from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.rooms.webhooks.incoming import look_into


@task()
def tasks_sync_recording(
    arguments: Mapping[str, str], rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock
) -> None:
    """Ask RealtimeKit about a recording that a webhook was about, and follow what it says."""
    look_into(
        arguments["provider_id"],
        room_id=arguments["room_id"],
        rooms=rooms,
        meetings=meetings,
        tasks=tasks,
        ids=ids,
        now=clock.now(),
    )
