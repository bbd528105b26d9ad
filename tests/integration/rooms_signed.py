"""Webhooks as their senders sign them: the provider with its key, the others with the secret of the settings."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from uuid import uuid4

from shared.settings import settings
from tests.integration.rooms_provider import control

Signer = Callable[[bytes], dict[str, str]]


def signed_by_the_provider(body: bytes) -> dict[str, str]:
    """The headers of a webhook of RealtimeKit."""
    signature: dict[str, str] = control("POST", "/signatures", data=body)
    return {**signature, "rtk-uuid": str(uuid4())}


def signed_with_the_secret(body: bytes) -> dict[str, str]:
    """The header of word that a file is ready."""
    secret = settings().recording_ready_secret
    assert secret is not None
    signature = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
    return {"X-Cloudflare-Signature": signature}


#: By the endpoint that takes them.
SIGNERS: Mapping[str, Signer] = {
    "rooms_receive_realtimekit": signed_by_the_provider,
    "rooms_receive_recording_ready": signed_with_the_secret,
}
