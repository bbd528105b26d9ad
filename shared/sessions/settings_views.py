"""From an account's settings to what the wire shows of them."""

from __future__ import annotations

from dataclasses import asdict

from shared.sessions.domain import AccountSettings
from shared.sessions.settings_api import SettingsOut


def settings_out(settings: AccountSettings) -> SettingsOut:
    """What an account has chosen."""
    return SettingsOut.model_validate(asdict(settings))
