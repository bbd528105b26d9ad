"""The key that webhooks are signed with: made once, kept on disk, replaced on request."""

import base64
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from shared.local.identity.keys import load_or_create_key


class WebhookKey:
    """An RSA key in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key = load_or_create_key(path)

    @property
    def public_pem(self) -> str:
        """The public half."""
        encoding, kind = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return self._key.public_key().public_bytes(encoding, kind).decode()

    def sign(self, body: bytes) -> str:
        """Return the signature of a body, as its header has it."""
        return base64.b64encode(self._key.sign(body, PKCS1v15(), hashes.SHA256())).decode()

    def replace(self) -> None:
        """Sign with a new key from now on."""
        self._path.unlink()
        self._key = load_or_create_key(self._path)
