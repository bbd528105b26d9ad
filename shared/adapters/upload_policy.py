"""What this deployment gives to whoever is to upload a file, from its settings."""

from __future__ import annotations

from shared.recordings.visitors import upload_token
from shared.settings import settings
from shared.structs import Struct


class SettledUploadPolicy(Struct, frozen=True):
    """`UploadPolicy` as the settings have it."""

    offers_urls: bool
    pepper: str

    def token_of(self, id: str) -> str:
        return upload_token(id, pepper=self.pepper)


def upload_policy() -> SettledUploadPolicy:
    chosen = settings()
    return SettledUploadPolicy(chosen.presigned_uploads, chosen.key_pepper.get_secret_value())
