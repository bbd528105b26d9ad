"""A site with pages of every kind, and an inspector that may look at it."""

from __future__ import annotations

import functools
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from shared.adapters.browser.inspector import PlaywrightInspector
from shared.guard.check import check_url

HOST = "site.test"
PUBLIC = "93.184.215.14"


@dataclass(frozen=True)
class Reply:
    """What a path answers; `endless` is sent again and again until nobody listens or `length` bytes have gone."""

    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    location: str | None = None
    endless: bytes = b""
    length: int | None = None  #: announced, where the body is not sent whole
    hangs: bool = False  #: never ends
    disposition: str | None = None


def page(body: str) -> Reply:
    """A page with this body."""
    return Reply(f"<!doctype html><title>page</title><body>{body}".encode())


class Site(ThreadingHTTPServer):
    """Pages by path, on a free port of 127.0.0.1, known as `site.test`; remembers every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, Reply] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.released = threading.Event()

    @property
    def authority(self) -> str:
        return f"{HOST}:{self.server_port}"

    def url(self, path: str) -> str:
        return f"http://{self.authority}{path}"

    def add(self, path: str, reply: Reply | str) -> str:
        """Put a page there, and give its URL."""
        self.pages[path] = page(reply) if isinstance(reply, str) else reply
        return self.url(path)

    def paths_asked(self) -> list[str]:
        return [path for path, _ in self.requests]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of browsers that leave in the middle."""


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        reply = self.server.pages.get(path, Reply(status=404))
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        if reply.location:
            self.send_header("Location", reply.location)
        if reply.disposition:
            self.send_header("Content-Disposition", reply.disposition)
        if reply.length is not None or not (reply.endless or reply.hangs):
            self.send_header("Content-Length", str(reply.length or len(reply.body)))
        self.end_headers()
        sent = self.wfile.write(reply.body)
        while reply.endless and (reply.length is None or sent < reply.length):
            sent += self.wfile.write(reply.endless)
        if reply.hangs:
            self.wfile.flush()
            self.server.released.wait(60)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve_site() -> Iterator[Site]:
    """Run a site."""
    with Site() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.released.set()
        server.shutdown()


def resolve_tests(host: str) -> Sequence[str]:
    """Everything called `.test` is this machine, and nothing else exists."""
    if not host.endswith(".test"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return ["127.0.0.1"]


def inspector_of(
    *sites: Site,
    hosts: Sequence[str] = (),
    page_timeout_s: float = 60,
    max_page_bytes: int = 50 * 1024 * 1024,
    resolve: Callable[[str], Sequence[str]] = resolve_tests,
) -> PlaywrightInspector:
    """An inspector whose deployment lists these sites and hosts, and nothing else."""
    allowed = frozenset([*hosts, *(site.authority for site in sites)])
    check = functools.partial(check_url, allowed_hosts=allowed, resolve=resolve)
    return PlaywrightInspector(check, page_timeout_s=page_timeout_s, max_page_bytes=max_page_bytes)
