from shared.edge.job import every
from shared.ports import Clock, Media, Recordings
from shared.recordings.attending import Swept
from shared.recordings.sweeps import sweep_orphans


@every("57 * * * *")
def jobs_sweep_orphans(recordings: Recordings, media: Media, clock: Clock) -> Swept:
    """Remove objects that no recording reaches."""
    return sweep_orphans(recordings=recordings, media=media, now=clock.now())
