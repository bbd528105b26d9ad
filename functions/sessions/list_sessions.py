from shared.edge.endpoint import endpoint
from shared.ports import Recordings
from shared.recordings.recording import Caller
from shared.sessions.service import list_sessions
from shared.sessions.sessions_api import SessionList
from shared.sessions.views import session_out


@endpoint("GET /api/sessions")
def sessions_list_sessions(caller: Caller, recordings: Recordings) -> SessionList:
    """List the caller's sessions, the one that changed last first.

    At most 1,000; costs two document reads for each.
    """
    return SessionList([session_out(one) for one in list_sessions(by=caller, recordings=recordings)])
