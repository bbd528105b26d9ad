"""Who may be called on behalf of a user, by this deployment's settings."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from shared.guard.check import check_url
from shared.guard.errors import NameNotFound
from shared.settings import settings


class PublicInternet:
    """`UrlGuard`: the public internet, and the hosts that the deployment lists."""

    def __init__(self, allowed_hosts: Collection[str]) -> None:
        self._allowed_hosts = frozenset(allowed_hosts)

    def check(self, url: str) -> None:
        with suppress(NameNotFound):  # it may have an address later; whoever connects checks again
            check_url(url, allowed_hosts=self._allowed_hosts)


def url_guard() -> PublicInternet:
    """The guard of this process."""
    return PublicInternet(settings().allowed_hosts)
