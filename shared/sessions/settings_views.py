"""From an account's settings to what the wire shows of them."""

from __future__ import annotations

from shared.recordings.codec import to_plain
from shared.sessions.domain import AccountSettings
from shared.sessions.settings_api import SettingsOut


def settings_out(settings: AccountSettings) -> SettingsOut:
    """What an account has chosen."""
    return SettingsOut.model_validate(to_plain(settings))
