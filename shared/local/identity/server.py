"""The token endpoint and the published keys, over HTTP.

GET  /certs    the JSON Web Key Set that the tokens of every local part verify with
POST /token    RFC 7523, as google-auth speaks it: a signed assertion in, an access token or an ID token out
GET  /healthz
"""

import json
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import jwt

from shared.local.identity.tokens import TokenSigner

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME_S = 3600
_MAX_FORM_BYTES = 64 * 1024


class InvalidGrant(Exception):
    """The token request is not one that an account of this platform would send."""


class IdentityServer(ThreadingHTTPServer):
    """Answer token requests; `account_key` (PEM, public) is what assertions must be signed with, if given."""

    daemon_threads = True

    def __init__(self, port: int, signer: TokenSigner, account_key: str | None, faults: "Faults | None" = None) -> None:
        self.signer = signer
        self.account_key = account_key
        self.faults = faults
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes
    server: IdentityServer

    def parse_request(self) -> bool:
        """Read the head of a request: every request of this server passes here."""
        if not super().parse_request():
            return False
        if self.server.faults is None or self.path == "/healthz":
            return True
        armed = self.server.faults.meet("call", {"method": self.command, "path": self.path})
        if armed:
            self.send_error(armed.fault.status or 500)
        return armed is None

    def do_GET(self) -> None:
        if self.path == "/certs":
            self._answer(200, self.server.signer.jwks())
        elif self.path == "/healthz":
            self._answer(200, {"status": "ok"})
        else:
            self._answer(404, {"error": "not_found"})

    def do_POST(self) -> None:
        length_bytes = int(self.headers.get("Content-Length") or 0)
        form = self.rfile.read(min(length_bytes, _MAX_FORM_BYTES)).decode()
        if self.path != "/token":
            self._answer(404, {"error": "not_found"})
            return
        try:
            self._answer(200, grant(form, self.server.signer, self.server.account_key))
        except InvalidGrant as error:
            self._answer(400, {"error": "invalid_grant", "error_description": str(error)})

    def _answer(self, status: int, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: a request line is of no use to anyone here."""


def grant(form: str, signer: TokenSigner, account_key: str | None) -> dict[str, object]:
    """Return the token response for a URL-encoded token request.

    An assertion that names a `target_audience` asks for an ID token, every other one for an access token.

    Raises:
        InvalidGrant: another grant type, or an assertion that is malformed, expired or of a foreign key.
    """
    fields = dict(urllib.parse.parse_qsl(form))
    if fields.get("grant_type") != _JWT_BEARER:
        raise InvalidGrant(f"grant_type must be {_JWT_BEARER}")
    claims = _read_assertion(fields.get("assertion", ""), account_key)
    email, audience = claims.get("iss"), claims.get("target_audience")
    if not isinstance(email, str):
        raise InvalidGrant("the assertion names no issuer")
    if isinstance(audience, str):
        return {"id_token": signer.token(email, audience, lifetime_s=_LIFETIME_S)}
    access_token = signer.token(email, signer.issuer, lifetime_s=_LIFETIME_S)
    return {"access_token": access_token, "expires_in": _LIFETIME_S, "token_type": "Bearer"}


def _read_assertion(assertion: str, account_key: str | None) -> dict[str, object]:
    try:
        if account_key is None:
            return jwt.decode(assertion, options={"verify_signature": False})
        return jwt.decode(assertion, account_key, algorithms=["RS256"], options={"verify_aud": False})
    except jwt.InvalidTokenError as error:
        raise InvalidGrant(str(error)) from error
