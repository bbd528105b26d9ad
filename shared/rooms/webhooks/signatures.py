"""Is a webhook from whom it says? Both of the ways in which its senders sign, over the raw body.

RealtimeKit signs with RSA (PKCS#1 v1.5, SHA-256), in base64; whoever knows the shared secret of `recording-ready`
signs with HMAC-SHA256, in hexadecimal digits.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from shared.ports.meetings import MeetingUnavailable, WebhookKeys

#: Where RealtimeKit's signature is; older deployments send the second.
REALTIMEKIT_HEADERS = ("rtk-signature", "dyte-signature")
SHARED_SECRET_HEADER = "X-Cloudflare-Signature"  # noqa: S105 - the name of a header


def is_from_realtimekit(body: bytes, signature: str, *, keys: WebhookKeys) -> bool:
    """Say whether RealtimeKit has signed the body; a key that has changed since is asked for once.

    Raises:
        MeetingUnavailable: nobody tells which key it would be. Not a refusal: a refused webhook never comes again.
    """
    key = keys.key()
    if _fits(body, signature, key):
        return True
    newer = keys.key_after(key)
    return newer is not None and _fits(body, signature, newer)


def is_from_secret_holder(body: bytes, signature: str, *, secret: str) -> bool:
    """Say whether somebody who knows the secret has signed the body. Takes as long for every signature."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.strip().lower().encode())


def _fits(body: bytes, signature: str, key: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        public_key = load_pem_public_key(key.encode())
    except ValueError as error:
        raise MeetingUnavailable("the key of the webhooks cannot be read") from error
    if not isinstance(public_key, RSAPublicKey):
        raise MeetingUnavailable("the key of the webhooks is not an RSA key")
    try:
        public_key.verify(base64.b64decode(signature.strip(), validate=True), body, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
