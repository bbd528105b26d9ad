"""Make a private key exactly once, however many processes want it at the same moment."""

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_KEY_BITS = 2048


def load_or_create_key(path: Path) -> rsa.RSAPrivateKey:
    """Return the RSA key in the PEM file `path`, making it (mode 0600) when the file is missing."""
    if not path.exists():
        create_once(path, private_key_pem)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{path} holds no RSA private key")
    return key


def private_key_pem() -> str:
    """Return a new RSA private key as unencrypted PKCS#8 PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def create_once(path: Path, text: Callable[[], str]) -> None:
    """Write `text()` to `path` (mode 0600) unless another process was first; no reader sees half a file."""
    draft = write_draft(path, text())
    # A link fails when the name is taken; a rename would replace the key that another process already uses.
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def write_draft(path: Path, text: str) -> Path:
    """Write `text` to a new file (mode 0600) in the folder of `path`, to be moved there in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return Path(name)
