"""A guarded proxy, an origin behind it, and a client that speaks to it over a plain socket."""

from __future__ import annotations

import base64
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from shared.adapters.browser.proxy import ForwardProxy
from shared.adapters.browser.visits import Visit
from shared.guard.check import Check, check_url

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
TIMEOUT_S = 10.0


@dataclass
class Origin:
    """A server that reads one head, keeps what it gets, answers as told, and waits for the client to leave."""

    listener: socket.socket
    answer: bytes = HELLO
    received: list[bytes] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def check(self, resolve: Callable[[str], Sequence[str]] = lambda _: ["127.0.0.1"]) -> Check:
        """A guard that lists this origin as `origin.test`."""
        return partial(check_url, allowed_hosts={f"origin.test:{self.port}"}, resolve=resolve)

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(TIMEOUT_S)
        position = len(self.received)
        self.received.append(b"")
        try:
            with connection:
                while piece := connection.recv(65536):
                    is_first = b"\r\n\r\n" not in self.received[position]
                    self.received[position] += piece
                    if is_first and b"\r\n\r\n" in self.received[position]:
                        connection.sendall(self.answer)
        except OSError:
            pass
        self.left.set()


@contextmanager
def origin() -> Iterator[Origin]:
    """Run an origin on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Origin(listener)
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(TIMEOUT_S)


@dataclass
class Client:
    """A program of this machine that found the proxy's port."""

    proxy: ForwardProxy
    authorization: str = ""

    def connect(self) -> socket.socket:
        host, _, port = self.proxy.url.removeprefix("http://").partition(":")
        return socket.create_connection((host, int(port)), timeout=TIMEOUT_S)

    def ask(self, request: str, body: bytes = b"") -> bytes:
        """Send a request, its lines joined with CRLF and with the credential added, and read the answer."""
        with self.connect() as connection:
            connection.sendall(self.message(request) + body)
            return read_answer(connection)

    def message(self, request: str) -> bytes:
        credential = f"Proxy-Authorization: {self.authorization}\n" if self.authorization else ""
        return (request + "\n" + credential + "\n").replace("\n", "\r\n").encode()

    @contextmanager
    def tunnel(self, authority: str) -> Iterator[socket.socket]:
        """Open a tunnel, and make sure that it is one."""
        with self.connect() as connection:
            connection.sendall(self.message(f"CONNECT {authority} HTTP/1.1\nHost: {authority}"))
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            yield connection


def client_of(proxy: ForwardProxy, visit: Visit) -> Client:
    """A client that shows the credential of a visit."""
    credential = base64.b64encode(f"{visit.username}:{visit.password}".encode()).decode()
    return Client(proxy, f"Basic {credential}")


def read_answer(connection: socket.socket) -> bytes:
    """Read one answer, to the length that it says or until the other side closes."""
    received = b""
    try:
        while not _is_whole(received) and (piece := connection.recv(65536)):
            received += piece
    except ConnectionResetError:
        pass
    return received


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return bool(end) and length is not None and len(body) >= int(length[1])


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side closes, orderly or not."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def wait_until(look: Callable[[], bool], *, what: str, timeout_s: float = TIMEOUT_S) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + timeout_s
    while not look():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
        time.sleep(0.01)
