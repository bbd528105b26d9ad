from shared.edge.job import every
from shared.ports import Clock, Recordings, Tasks
from shared.recordings.attending import Swept
from shared.recordings.sweeps import requeue_stalled


@every("*/5 * * * *")
def jobs_requeue_stalled(recordings: Recordings, tasks: Tasks, clock: Clock) -> Swept:
    """Give every step that lost its task or its worker a new one."""
    return requeue_stalled(recordings=recordings, tasks=tasks, now=clock.now())
