"""Somebody who offers a file at a URL, with ranges and entity tags, as a store behind signed URLs does."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Offer:
    """What is offered, and how badly; `ranges` are those that were asked for, None where none was."""

    content: bytes = b""
    etag: str | None = '"v1"'
    status: int | None = None  #: an answer instead of the file
    headers: dict[str, str] = field(default_factory=dict)  #: more of them, or others
    cut_after: int | None = None  #: bytes of a body after which the connection ends
    ranges: list[str | None] = field(default_factory=list)
    url: str = ""


class _QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that leave early."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def offering() -> Iterator[Offer]:
    """Serve on a free port of 127.0.0.1; the offer may be changed at any time."""
    offer = Offer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            offer.ranges.append(self.headers.get("Range"))
            if offer.status is not None:
                self._answer(offer.status, b"<Error>no</Error>", {})
                return
            start = _start(self.headers.get("Range"), self.headers.get("If-Range"), offer)
            size_bytes = len(offer.content)
            told = {"Content-Range": f"bytes {start}-{size_bytes - 1}/{size_bytes}"} if start is not None else {}
            self._answer(206 if told else 200, offer.content[start or 0 :], told)

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            tag = {"ETag": offer.etag} if offer.etag else {}
            for name, value in {"Content-Length": str(len(body)), **tag, **headers, **offer.headers}.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: offer.cut_after])
            if offer.cut_after is not None:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = _QuietServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    offer.url = f"http://127.0.0.1:{server.server_port}/files/a.mp4?X-Amz-Signature=c0ffee"
    try:
        yield offer
    finally:
        server.shutdown()
        server.server_close()


def _start(asked: str | None, if_range: str | None, offer: Offer) -> int | None:
    """Where a range begins, if there is one and it is of this very file."""
    found = re.fullmatch(r"bytes=(\d+)-", asked or "")
    return int(found[1]) if found and if_range in (None, offer.etag) else None
