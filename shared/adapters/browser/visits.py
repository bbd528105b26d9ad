"""What one page of the browser may do through the proxy, and what became of it."""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
from dataclasses import dataclass, field


class OverBudget(Exception):
    """The page has moved as many bytes as it may."""


@dataclass(eq=False, slots=True, kw_only=True)
class Visit:
    """One page's pass through the proxy: a credential, a budget, and a record of what was refused or failed.

    `failures` says per `host:port` why nothing could be had from there: `name not found`, `connection refused`, ….
    """

    max_bytes: int
    spent_bytes: int = 0
    username: str = field(default_factory=lambda: secrets.token_hex(8))
    password: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    refusals: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    connections: set[asyncio.Task[None]] = field(default_factory=set)

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
