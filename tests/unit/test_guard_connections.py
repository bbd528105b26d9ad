"""Connections are made to what was checked: no second look at the name, no way around through redirects or proxies."""

from __future__ import annotations

import functools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from shared.guard.check import Check, CheckedAddress, check_url
from shared.guard.connect import open_connection
from shared.guard.cutoff import Cutoff
from shared.guard.errors import ForbiddenAddress, NameNotFound
from shared.guard.session import guarded_session
from tests.unit.certificates import make_certificate


class Site(ThreadingHTTPServer):
    """Answers every path with `hello`, but `/to?<url>` with a redirect, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hosts_asked: list[str] = []

    def check(self, *, resolve: Callable[[str], Sequence[str]] = lambda _: ["127.0.0.1"]) -> Check:
        """A guard that lists this site as `site.test`."""
        return functools.partial(check_url, allowed_hosts={f"site.test:{self.server_port}"}, resolve=resolve)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that leave in the middle."""


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.hosts_asked.append(self.headers["Host"])
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
        else:
            self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_the_checked_address_is_connected_to_and_the_name_is_not_resolved() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        checked = CheckedAddress(host="never.invalid", port=port, scheme="http", addresses=("127.0.0.1",))

        with open_connection(checked, timeout_s=5) as connection:
            assert connection.getpeername() == ("127.0.0.1", port)
            assert connection.gettimeout() == 5


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        checked = CheckedAddress(host="a.test", port=port, scheme="http", addresses=("127.0.0.2", "127.0.0.1"))

        with open_connection(checked, timeout_s=5) as connection:
            assert connection.getpeername()[0] == "127.0.0.1"


def test_an_address_where_nobody_listens_is_an_error_of_the_system() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    checked = CheckedAddress(host="a.test", port=port, scheme="http", addresses=("127.0.0.1",))

    with pytest.raises(ConnectionRefusedError):
        open_connection(checked, timeout_s=5)


def test_a_session_reaches_a_listed_host(site: Site) -> None:
    answer = guarded_session(site.check()).get(f"http://site.test:{site.server_port}/", timeout=5)

    assert answer.text == "hello"
    assert site.hosts_asked == [f"site.test:{site.server_port}"]


def test_a_session_asks_a_name_once_per_connection_and_goes_where_it_was_told(site: Site) -> None:
    answers = iter([["127.0.0.1"]])

    session = guarded_session(site.check(resolve=lambda _: next(answers)))
    session.get(f"http://site.test:{site.server_port}/", timeout=5)

    assert next(answers, None) is None
    assert len(site.hosts_asked) == 1


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://rebound.test/"])
def test_a_session_does_not_follow_a_redirect_to_a_private_address(site: Site, target: str) -> None:
    url = f"http://site.test:{site.server_port}/to?{target.format(port=site.server_port)}"

    with pytest.raises(ForbiddenAddress):
        guarded_session(site.check()).get(url, timeout=5)

    assert len(site.hosts_asked) == 1


def test_a_session_does_not_use_the_proxy_of_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)

    answer = guarded_session(site.check()).get(f"http://site.test:{site.server_port}/", timeout=5)

    assert answer.ok


def test_a_session_says_that_a_name_is_not_found(site: Site) -> None:
    with pytest.raises(NameNotFound):
        guarded_session(site.check(resolve=lambda _: [])).get("http://unknown.example/", timeout=5)


@pytest.mark.parametrize(("name", "is_accepted"), [("site.test", True), ("other.test", False)])
def test_a_session_verifies_the_certificate_against_the_name(
    site: Site, tmp_path: Path, name: str, is_accepted: bool
) -> None:
    certificate = make_certificate(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    site.socket = context.wrap_socket(site.socket, server_side=True, do_handshake_on_connect=False)
    url = f"https://site.test:{site.server_port}/"

    def get() -> bool:
        try:
            return guarded_session(site.check()).get(url, timeout=5, verify=str(certificate)).ok
        except requests.exceptions.SSLError:
            return False

    assert get() is is_accepted


def test_a_cutoff_ends_a_connection_that_never_rests() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Cutoff(0.1) as cutoff:
        connection = socket.create_connection(listener.getsockname(), timeout=5)
        cutoff.watch(connection)

        assert connection.recv(1) == b""
        assert cutoff.is_over


def test_a_connection_that_is_made_after_its_cutoff_ends_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Cutoff(0) as cutoff:
        over = socket.create_connection(listener.getsockname(), timeout=5)
        cutoff.watch(over)
        assert over.recv(1) == b""  # the time is over now, if it was not before

        late = socket.create_connection(listener.getsockname(), timeout=5)
        cutoff.watch(late)

        assert late.recv(1) == b""


def test_a_cutoff_leaves_a_connection_alone_that_outlives_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with Cutoff(60) as cutoff:
            connection = socket.create_connection(listener.getsockname(), timeout=5)
            cutoff.watch(connection)

        accepted, _ = listener.accept()
        accepted.sendall(b"still here")

        assert connection.recv(10) == b"still here"
        assert not cutoff.is_over
