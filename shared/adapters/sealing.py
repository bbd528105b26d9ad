"""Sealing with Fernet (AES-128-CBC and HMAC-SHA256) under the key of the settings."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shared.errors import PlayheadError
from shared.settings import settings
from shared.structs import Struct

if TYPE_CHECKING:  # imported by the first secret
    from cryptography.fernet import Fernet


class FernetSealing(Struct, frozen=True, dict=True):
    """`Sealing` under one key; None: there is none, and every secret says so."""

    key: str | None

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise PlayheadError("a secret was sealed under another PLAYHEAD_SEALING_KEY") from error

    @cached_property
    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet

        if self.key is None:
            raise PlayheadError("PLAYHEAD_SEALING_KEY is not set")
        try:
            return Fernet(self.key)
        except ValueError:
            raise PlayheadError("PLAYHEAD_SEALING_KEY is not 32 bytes in URL-safe base64") from None


def sealing() -> FernetSealing:
    """The sealing of this process."""
    key = settings().sealing_key
    return FernetSealing(key.get_secret_value() if key else None)
