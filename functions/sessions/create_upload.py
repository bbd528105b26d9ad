from shared.edge.endpoint import endpoint
from shared.ports import Clock, Ids, Media, Recordings
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller
from shared.sessions.processing_api import UploadGrantIn, UploadGrantOut
from shared.sessions.uploads import grant_upload


@endpoint("POST /api/recordings/uploads", status=201)
def sessions_create_upload(
    body: UploadGrantIn, caller: Caller, once: Once, recordings: Recordings, media: Media, ids: Ids, clock: Clock
) -> UploadGrantOut:
    """Give a URL that takes a recording too large for a request.

    After the PUT, `POST /api/recordings` takes the `uploadId` instead of the file: once, within 24 hours.
    """
    grant, url = grant_upload(
        body.content_type, by=caller, once=once, recordings=recordings, media=media, ids=ids, now=clock.now()
    )
    return UploadGrantOut(
        upload_id=grant.id, upload_url=url, content_type=grant.content_type, expires_at=grant.expire_at
    )
