from shared.edge.endpoint import endpoint
from shared.ports import Recordings
from shared.recordings.recording import Caller
from shared.sessions.api import sent
from shared.sessions.service import update_settings
from shared.sessions.settings_api import SettingsChangeIn, SettingsOut
from shared.sessions.settings_views import settings_out


@endpoint("PATCH /api/settings")
def sessions_update_settings(body: SettingsChangeIn, caller: Caller, recordings: Recordings) -> SettingsOut:
    """Change what is sent of the account's settings."""
    return settings_out(update_settings(sent(body), by=caller, recordings=recordings))
