"""Whose word is taken for it that a recording's file is ready, besides the provider's."""

from __future__ import annotations

from typing import Protocol


class ReadyPolicy(Protocol):
    """What this deployment has agreed with whoever sends `recording-ready` webhooks."""

    @property
    def secret(self) -> str | None:
        """What they sign with; None: nobody sends any."""

    def trusts(self, url: str) -> bool:
        """Whether a file may be fetched from this URL: its host is listed, and it is https or this very machine."""
