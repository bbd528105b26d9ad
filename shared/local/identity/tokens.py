"""Sign OpenID Connect tokens the way Google does for a service account, with a key of this machine.

Every part that calls a function on behalf of an account (tasks, scheduler, storage events) signs for itself:
they share the key file, not a connection, so a delivery never waits for another part.
"""

import hashlib
import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from shared.local.identity.keys import load_or_create_key


class TokenSigner:
    """Sign RS256 tokens of one issuer, and publish the key they are verified with."""

    def __init__(self, issuer: str, key_path: Path) -> None:
        """Load the PEM key at `key_path`; it is made, once and for every process, when it is missing."""
        self.issuer = issuer
        self._key = load_or_create_key(key_path)
        self._key_id = _fingerprint(self._key.public_key())

    def token(self, email: str, audience: str, *, lifetime_s: int = 3600) -> str:
        """Return a signed ID token that says: this is `email`, speaking to `audience`."""
        now_s = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": audience,
            "azp": email,
            "sub": email,
            "email": email,
            "email_verified": True,
            "iat": now_s,
            "exp": now_s + lifetime_s,
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id})

    def jwks(self) -> dict[str, object]:
        """Return the public key as a JSON Web Key Set."""
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{"kty": key["kty"], "n": key["n"], "e": key["e"]} | self._key_use()]}

    def _key_use(self) -> dict[str, str]:
        return {"alg": "RS256", "use": "sig", "kid": self._key_id}


def _fingerprint(key: rsa.RSAPublicKey) -> str:
    encoded = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(encoded).hexdigest()[:40]
