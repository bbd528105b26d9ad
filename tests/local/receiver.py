"""A real HTTP server that writes down what it is sent and answers as it is told."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Hit:
    """One request that came in."""

    at_s: float
    method: str
    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What to answer: `hold` runs first, and may block; a trickled body takes `trickle_s` per byte."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"
    hold: Callable[[], object] = lambda: None
    trickle_s: float = 0.0


class Receiver(ThreadingHTTPServer):
    """Answers 200 unless told otherwise."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._changed = threading.Condition()
        self._hits: list[Hit] = []
        self._replies: dict[str, deque[Reply]] = defaultdict(lambda: deque([Reply()]))

    def url(self, path: str) -> str:
        """Return the absolute URL of `path`."""
        return f"http://127.0.0.1:{self.server_port}{path}"

    def answer(self, path: str, *replies: Reply) -> None:
        """Answer the requests to `path` one after the other like this; the last reply stays."""
        self._replies[path] = deque(replies)

    def hits(self, path: str) -> list[Hit]:
        """Return the requests to `path` so far, oldest first."""
        with self._changed:
            return [hit for hit in self._hits if hit.path == path]

    def wait_for(self, path: str, count: int = 1, timeout_s: float = 10.0) -> list[Hit]:
        """Return the requests to `path` as soon as there are `count`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.hits(path)) >= count, timeout_s):
                raise TimeoutError(f"{len(self.hits(path))} of {count} requests to {path} in {timeout_s} s")
            return self.hits(path)

    def take(self, hit: Hit) -> Reply:
        """Write down a request and return its reply."""
        with self._changed:
            self._hits.append(hit)
            self._changed.notify_all()
            replies = self._replies[hit.path]
            return replies.popleft() if len(replies) > 1 else replies[0]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.server.take(Hit(time.time(), self.command, self.path, self.headers, body))
        reply.hold()
        with suppress(OSError):  # a caller that gave up is what some tests are about
            self._send(reply)

    def do_GET(self) -> None:
        self.do_POST()

    def do_PUT(self) -> None:
        self.do_POST()

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if not reply.trickle_s:
            self.wfile.write(reply.body)
            return
        for byte in reply.body:
            self.wfile.write(bytes([byte]))
            time.sleep(reply.trickle_s)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """Run a receiver until the end of the block."""
    with Receiver() as receiver:
        threading.Thread(target=receiver.serve_forever, args=(0.02,), daemon=True).start()
        yield receiver
        receiver.shutdown()
