from shared.edge.endpoint import endpoint
from shared.errors import NotFound
from shared.ports import Clock, Recordings
from shared.recordings.recording import Caller
from shared.sessions.api import SessionId
from shared.sessions.failures import RunUnderWay
from shared.sessions.service import update_session
from shared.sessions.sessions_api import SessionChangeIn, SessionOut
from shared.sessions.views import change_of, session_out


@endpoint("PATCH /api/sessions/{id}", raises=(NotFound, RunUnderWay))
def sessions_update_session(
    id: SessionId, body: SessionChangeIn, caller: Caller, recordings: Recordings, clock: Clock
) -> SessionOut:
    """Change what is sent of a session; changing `agentTarget` does not rewrite the prompt."""
    return session_out(update_session(id, change_of(body), by=caller, recordings=recordings, now=clock.now()))
