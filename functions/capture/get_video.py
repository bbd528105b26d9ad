from shared.capture.api import CaptureId, VideoOut
from shared.capture.reading import sign_video
from shared.edge.endpoint import endpoint
from shared.errors import Conflict, NotFound
from shared.ports import Clock, Media, Recordings
from shared.recordings.recording import Caller


@endpoint("GET /api/v1/recordings/{id}/video", raises=(NotFound, Conflict))
def capture_get_video(id: CaptureId, caller: Caller, recordings: Recordings, media: Media, clock: Clock) -> VideoOut:
    """Return a URL of the playable video, valid for an hour."""
    url, expires_at = sign_video(id, by=caller, recordings=recordings, media=media, now=clock.now())
    return VideoOut(video_url=url, expires_at=expires_at)
