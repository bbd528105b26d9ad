"""An issuer of callers' JWTs: a key pair, and a server that publishes the public half."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://login.example"
AUDIENCE = "playhead"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def forgers_key() -> rsa.RSAPrivateKey:
    """A key that nobody publishes."""
    return new_key()


@dataclass
class TokenIssuer:
    """Signs what a test asks for, right or wrong."""

    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    key_id: str = "2026-05"
    jwks_url: str = ""
    answers: bytes | None = None  #: what it publishes in place of its keys; nothing at all when it is down
    fetches: int = 0

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of a good token, with some of them changed; None leaves one out."""
        now_s = int(time.time())
        good = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "ada",
            "tenant_id": "acme",
            "iat": now_s,
            "exp": now_s + 600,
        }
        return {name: value for name, value in {**good, **changed}.items() if value is not None}

    def token(self, **changed: Any) -> str:
        """A token that is good but for what was changed."""
        return jwt.encode(self.claims(**changed), self.key, algorithm="RS256", headers={"kid": self.key_id})

    def public_pem(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def jwks(self) -> bytes:
        published = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return json.dumps({"keys": [{**published, "kid": self.key_id, "use": "sig", "alg": "RS256"}]}).encode()


@contextmanager
def running_issuer() -> Iterator[TokenIssuer]:
    """An issuer whose keys can be fetched at its `jwks_url`."""
    issuer = TokenIssuer()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.fetches += 1
            self.send_response(503 if issuer.answers == b"" else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(issuer.jwks() if issuer.answers is None else issuer.answers)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    issuer.jwks_url = f"http://127.0.0.1:{server.server_port}/keys"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
