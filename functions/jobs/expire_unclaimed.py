from shared.edge.job import every
from shared.feedback.expiring import expire_unclaimed
from shared.ports import Clock, Media, Recordings
from shared.recordings.attending import Swept


@every("27 * * * *")
def jobs_expire_unclaimed(recordings: Recordings, media: Media, clock: Clock) -> Swept:
    """Delete the feedback that nobody has claimed within a week."""
    return expire_unclaimed(recordings=recordings, media=media, clock=clock)
