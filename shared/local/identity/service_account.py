"""Write the service-account file through which unmodified Google clients find the local token endpoint.

`GOOGLE_APPLICATION_CREDENTIALS` names it; `google.auth.default()` then signs URLs with its key and fetches
tokens from its `token_uri`.
"""

import json
import uuid
from pathlib import Path
from typing import TypedDict

from cryptography.hazmat.primitives import serialization

from shared.local.identity.keys import private_key_pem, write_draft


class _ServiceAccount(TypedDict):
    type: str
    project_id: str
    client_email: str
    client_id: str
    private_key_id: str
    private_key: str
    token_uri: str


def write_service_account(path: Path, *, email: str, token_uri: str, project: str) -> None:
    """Write a service-account file (mode 0600) for `email`.

    A file that is already there keeps its key, so that signed URLs outlive a restart; the rest is written
    anew, because `token_uri` carries a port that changes from start to start.
    """
    old = _read(path) if path.exists() else None
    account = _ServiceAccount(
        type="service_account",
        project_id=project,
        client_email=email,
        client_id=email,
        private_key_id=old["private_key_id"] if old else uuid.uuid4().hex,
        private_key=old["private_key"] if old else private_key_pem(),
        token_uri=token_uri,
    )
    write_draft(path, json.dumps(account, indent=2)).replace(path)


def public_key_pem(path: Path) -> str:
    """Return, as PEM, the public half of the key in the service-account file at `path`."""
    key = serialization.load_pem_private_key(_read(path)["private_key"].encode(), password=None)
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _read(path: Path) -> _ServiceAccount:
    account: _ServiceAccount = json.loads(path.read_text())
    return account
