from shared.edge.job import every
from shared.ports import Clock, Media, Recordings
from shared.recordings.attending import Swept
from shared.recordings.sweeps import purge_deleted


@every("37 * * * *")
def jobs_purge_deleted(recordings: Recordings, media: Media, clock: Clock) -> Swept:
    """Finish deletes, once nothing can be writing any more."""
    return purge_deleted(recordings=recordings, media=media, now=clock.now())
