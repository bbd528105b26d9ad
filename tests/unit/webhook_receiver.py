"""A tenant's server: keeps what it is told, and answers as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Told:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, body: bytes = b"thank you", **headers: str) -> Answer:
    """An answer of this status."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


class Receiver(ThreadingHTTPServer):
    """Answers with the next of `answers`, and with 200 when there are none left."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[Told] = []
        self.answers: list[Answer] = []
        self.is_closing = threading.Event()

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}/hooks/recordings"

    def trickle(self, piece: bytes, beginning: bytes = b"") -> Answer:
        """An answer that goes on for ever, a piece at a time, after its beginning."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(beginning)
            while not self.is_closing.wait(0.05):
                handler.wfile.write(piece)

        return answer

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that leave in the middle."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.told.append(Told(self.path, dict(self.headers), body))
        answer = self.server.answers.pop(0) if self.server.answers else status(200)
        answer(self)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A server of a tenant, while it is needed."""
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.is_closing.set()
        server.shutdown()
