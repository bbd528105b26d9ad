"""Keeping secrets of others: encrypted where they are stored, readable only by those who need them."""

from __future__ import annotations

from typing import Protocol


class Sealing(Protocol):
    """Encryption under a key of the deployment's settings.

    Every method raises PlayheadError, naming the setting, where there is no such key.
    """

    def seal(self, text: str) -> str:
        """The text, encrypted and authenticated; never the same twice."""

    def open(self, sealed: str) -> str:
        """The text that was sealed.

        Raises:
            PlayheadError: it was sealed under another key, or changed since.
        """
