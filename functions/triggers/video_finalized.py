from shared.edge.trigger import on_finalized
from shared.ports import Clock, Ids, Media, Recordings, Tasks
from shared.recordings.recording import Bucket, StoredObject
from shared.recordings.uploads import settle_event


@on_finalized(bucket=Bucket.UPLOADS)
def triggers_video_finalized(
    event: StoredObject, recordings: Recordings, media: Media, tasks: Tasks, ids: Ids, clock: Clock
) -> None:
    """Confirm an upload and start its processing; remove what belongs to no recording."""
    settle_event(event, recordings=recordings, media=media, tasks=tasks, ids=ids, now=clock.now())
