from shared.edge.endpoint import endpoint
from shared.ports import Clock, Ids, Recordings
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller
from shared.sessions.domain import NewSession
from shared.sessions.service import create_session
from shared.sessions.sessions_api import NewSessionIn, SessionOut
from shared.sessions.views import session_out


@endpoint("POST /api/sessions", status=201)
def sessions_create_session(
    body: NewSessionIn, caller: Caller, once: Once, recordings: Recordings, ids: Ids, clock: Clock
) -> SessionOut:
    """Begin a session that its client tracks and moves itself."""
    new = NewSession(
        title=body.title, agent_target=body.agent_target, frame_count=body.frame_count, url_count=body.url_count
    )
    return session_out(create_session(new, by=caller, once=once, recordings=recordings, ids=ids, clock=clock))
