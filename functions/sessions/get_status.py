from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Recordings
from shared.recordings.recording import Caller
from shared.sessions.api import SessionId
from shared.sessions.service import find_run, find_session
from shared.sessions.status_api import StatusOut
from shared.sessions.status_views import status_out


@endpoint("GET /api/sessions/{id}/status", raises=(NotFound,))
def sessions_get_status(id: SessionId, caller: Caller, recordings: Recordings, clock: Clock) -> StatusOut:
    """Tell how far the processing of a session is."""
    recording = find_session(id, by=caller, recordings=recordings)
    return status_out(recording, find_run(recording, recordings=recordings), now=clock.now())
