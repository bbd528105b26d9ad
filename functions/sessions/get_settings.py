from shared.edge.endpoint import endpoint
from shared.ports import Recordings
from shared.recordings.recording import Caller
from shared.sessions.service import find_settings
from shared.sessions.settings_api import SettingsOut
from shared.sessions.settings_views import settings_out


@endpoint("GET /api/settings")
def sessions_get_settings(caller: Caller, recordings: Recordings) -> SettingsOut:
    """Return what the account has chosen."""
    return settings_out(find_settings(by=caller, recordings=recordings))
