"""A tenant's own server: it takes webhooks, checks their signatures, and shows what came to whoever asks."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "whsec_b3VyLW93bi1zZWNyZXQ="  # noqa: S105 - of the demo alone
MAX_BODY_BYTES = 64 * 1024


def serve() -> ThreadingHTTPServer:
    """Serve on a free port of this machine until `shutdown`."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MAX_BODY_BYTES))
            if not _is_signed(body, self.headers["X-Chalk-Timestamp"], self.headers["X-Chalk-Signature"]):
                self._answer(HTTPStatus.UNAUTHORIZED, {"error": "the signature does not fit"})
                return
            received.append(json.loads(body))
            self._answer(HTTPStatus.OK, {"received": len(received)})

        def do_GET(self) -> None:
            self._answer(HTTPStatus.OK, received)

        def _answer(self, status: HTTPStatus, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the console to the demo."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _is_signed(body: bytes, timestamp: str | None, signature: str | None) -> bool:
    signed = f"{timestamp}.".encode() + body
    expected = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature or "")
