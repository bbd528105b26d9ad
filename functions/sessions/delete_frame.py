from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Ids, Media, Recordings
from shared.recordings.recording import Caller
from shared.sessions.api import FrameId, SessionId
from shared.sessions.editing import delete_frame
from shared.sessions.failures import RunUnderWay


@endpoint("DELETE /api/sessions/{id}/frames/{frame_id}", status=204, raises=(NotFound, RunUnderWay))
def sessions_delete_frame(
    id: SessionId, frame_id: FrameId, caller: Caller, recordings: Recordings, media: Media, ids: Ids, clock: Clock
) -> None:
    """Delete a frame; what the next one changed is then told against the one before."""
    delete_frame(id, frame_id, by=caller, recordings=recordings, media=media, ids=ids, now=clock.now())
