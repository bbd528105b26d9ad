from shared.edge.endpoint import endpoint
from shared.errors import Conflict, NotFound
from shared.ports import Media, Recordings
from shared.recordings.recording import Caller
from shared.sessions.api import SessionId
from shared.sessions.editing import read_evidence
from shared.sessions.frame_views import session_with_frames_out
from shared.sessions.frames_api import SessionWithFramesOut
from shared.sessions.service import get_session


@endpoint("GET /api/sessions/{id}", raises=(NotFound, Conflict), memory_mb=1024)
def sessions_get_session(id: SessionId, caller: Caller, recordings: Recordings, media: Media) -> SessionWithFramesOut:
    """Return a session with its frames, in the order of time."""
    session = get_session(id, by=caller, recordings=recordings)
    return session_with_frames_out(session, read_evidence(session.details, media=media))
