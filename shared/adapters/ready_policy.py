"""Whose `recording-ready` webhooks are taken, from the settings."""

from __future__ import annotations

from urllib.parse import urlsplit

from shared.settings import settings
from shared.structs import Struct

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SettledReadyPolicy(Struct, frozen=True):
    """`ReadyPolicy` as the settings have it."""

    secret: str | None
    hosts: tuple[str, ...]

    def trusts(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        return is_private and parts.netloc in self.hosts


def ready_policy() -> SettledReadyPolicy:
    """The policy of this process."""
    secret = settings().recording_ready_secret
    return SettledReadyPolicy(secret.get_secret_value() if secret else None, settings().recording_hosts)
