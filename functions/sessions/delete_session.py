from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Media, Recordings
from shared.recordings.deleting import delete_recording
from shared.recordings.recording import Caller, Family
from shared.sessions.api import SessionId


@endpoint("DELETE /api/sessions/{id}", status=204, raises=(NotFound,))
def sessions_delete_session(id: SessionId, caller: Caller, recordings: Recordings, media: Media, clock: Clock) -> None:
    """Delete a session for good: its frames, its prompt, and its processing if that is under way."""
    delete_recording(id, family=Family.SESSIONS, by=caller, recordings=recordings, media=media, now=clock.now())
