from shared.edge.job import every
from shared.ports import Clock, Ids, Media, Recordings, Tasks
from shared.recordings.attending import Swept
from shared.recordings.sweeps import expire_uploads


@every("17 * * * *")
def jobs_expire_uploads(recordings: Recordings, media: Media, tasks: Tasks, ids: Ids, clock: Clock) -> Swept:
    """Confirm uploads that nobody told us of; fail recordings whose upload never came."""
    return expire_uploads(recordings=recordings, media=media, tasks=tasks, ids=ids, now=clock.now())
