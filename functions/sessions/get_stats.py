from shared.edge.endpoint import endpoint
from shared.ports import Recordings
from shared.recordings.recording import Caller
from shared.sessions.service import count_sessions
from shared.sessions.sessions_api import StatsOut
from shared.sessions.views import stats_out


@endpoint("GET /api/sessions/stats")
def sessions_get_stats(caller: Caller, recordings: Recordings) -> StatsOut:
    """Return the caller's sessions in numbers.

    Of at most 10,000, the ones that changed last; costs one document read for each.
    """
    return stats_out(count_sessions(by=caller, recordings=recordings))
