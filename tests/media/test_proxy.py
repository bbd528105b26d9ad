"""The proxy passes on what a visit may ask for, once and as it is, to the address that was checked."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from shared.adapters.browser.proxy import MAX_CONNECTIONS, ForwardProxy
from tests.media.proxied import HELLO, Client, Origin, client_of, origin, read_all, wait_until

MEGABYTE = 1024 * 1024


@pytest.fixture
def site() -> Iterator[Origin]:
    with origin() as server:
        yield server


@pytest.fixture
def proxy(site: Origin) -> Iterator[ForwardProxy]:
    with ForwardProxy(site.check()) as server:
        yield server


@pytest.fixture
def client(proxy: ForwardProxy) -> Iterator[Client]:
    with proxy.admit(max_bytes=MEGABYTE) as visit:
        yield client_of(proxy, visit)


def get(site: Origin, path: str = "/") -> str:
    return f"GET http://origin.test:{site.port}{path} HTTP/1.1\nHost: origin.test:{site.port}"


def test_a_plain_request_reaches_the_origin_and_its_answer_comes_back(site: Origin, client: Client) -> None:
    answer = client.ask(get(site, "/a?b=c") + "\nAccept: text/html")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in head
    assert body == b"hello"
    assert site.received[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"accept: text/html" in site.received[0]


def test_the_origin_learns_nothing_of_the_proxy(site: Origin, client: Client) -> None:
    client.ask(get(site) + "\nProxy-Connection: keep-alive\nConnection: keep-alive, X-Hop\nX-Hop: 1\nUpgrade: h2c")

    head = site.received[0].lower()
    assert b"proxy-" not in head
    assert b"x-hop" not in head
    assert b"upgrade" not in head
    assert b"keep-alive" not in head


def test_the_host_that_was_checked_is_the_host_that_is_asked(site: Origin, client: Client) -> None:
    client.ask(f"GET http://origin.test:{site.port}/ HTTP/1.1\nHost: metadata.google.internal")

    assert f"host: origin.test:{site.port}\r\n".encode() in site.received[0]
    assert b"metadata" not in site.received[0]


def test_a_body_is_passed_on_to_its_last_byte_and_no_further(site: Origin, client: Client) -> None:
    request = f"POST http://origin.test:{site.port}/ HTTP/1.1\nHost: x\nContent-Length: 300000"

    client.ask(request, b"x" * 300_000 + b"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n")

    wait_until(site.left.is_set, what="the origin saw the end")
    assert len(site.received) == 1
    assert site.received[0].partition(b"\r\n\r\n")[2] == b"x" * 300_000


def test_a_second_request_on_the_same_connection_goes_nowhere(site: Origin, client: Client) -> None:
    second = client.message("GET http://169.254.169.254/ HTTP/1.1\nHost: x")

    client.ask(get(site), second)

    wait_until(site.left.is_set, what="the origin saw the end")
    assert len(site.received) == 1
    assert site.received[0].count(b"HTTP/1.1") == 1


def test_an_early_hint_is_left_out(site: Origin, client: Client) -> None:
    site.answer = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HELLO

    answer = client.ask(get(site))

    assert answer.count(b"HTTP/1.1") == 1
    assert answer.endswith(b"hello")


def test_a_tunnel_carries_bytes_both_ways(site: Origin, client: Client) -> None:
    with client.tunnel(f"origin.test:{site.port}") as tunnel:
        tunnel.sendall(b"anything\r\n\r\n")

        assert tunnel.recv(65536) == HELLO

    assert site.received == [b"anything\r\n\r\n"]


def test_the_origin_is_left_when_the_browser_leaves(site: Origin, client: Client) -> None:
    with client.tunnel(f"origin.test:{site.port}") as tunnel:
        tunnel.sendall(b"x")

    wait_until(site.left.is_set, what="the origin saw the end")


def test_every_connection_above_the_most_is_closed_at_once(proxy: ForwardProxy) -> None:
    stranger = Client(proxy)
    held = [stranger.connect() for _ in range(MAX_CONNECTIONS)]

    with stranger.connect() as connection:
        assert read_all(connection) == b""

    for one in held:
        one.close()


def test_a_proxy_that_is_left_listens_no_more(site: Origin) -> None:
    with ForwardProxy(site.check()) as proxy:
        host, _, port = proxy.url.removeprefix("http://").partition(":")

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)


def test_a_proxy_that_is_left_closes_its_connections(site: Origin) -> None:
    with ForwardProxy(site.check()) as proxy:
        connection = Client(proxy).connect()

    with connection:
        assert read_all(connection) == b""
