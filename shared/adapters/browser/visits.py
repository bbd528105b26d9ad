"""What one page of the browser may do through the proxy, and what became of it."""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets


class OverBudget(Exception):
    """The page has moved as many bytes as it may."""


class Visit:
    """One page's pass through the proxy: a credential, a budget, and a record of what was refused or failed.

    `failures` says per `host:port` why nothing could be had from there: `name not found`, `connection refused`, ….
    """

    def __init__(self, *, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.spent_bytes = 0
        self.username = secrets.token_hex(8)
        self.password = secrets.token_urlsafe(32)
        self.refusals: list[str] = []
        self.failures: dict[str, str] = {}
        self.connections: set[asyncio.Task[None]] = set()

    @property
    def is_over_budget(self) -> bool:
        return self.spent_bytes > self.max_bytes

    def spend(self, size_bytes: int) -> None:
        """Count bytes that pass, in either direction.

        Raises:
            OverBudget: these are too many.
        """
        self.spent_bytes += size_bytes
        if self.is_over_budget:
            raise OverBudget

    def is_shown_by(self, authorization: str) -> bool:
        """Whether a `Proxy-Authorization` header carries this visit's credential."""
        expected = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return hmac.compare_digest(authorization.encode(), f"Basic {expected}".encode())
