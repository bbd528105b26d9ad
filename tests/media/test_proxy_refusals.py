"""What the proxy refuses, and that nobody is reached by what it refuses."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence

import pytest

from shared.adapters.browser.heads import MAX_HEAD_BYTES
from shared.adapters.browser.proxy import ForwardProxy
from tests.media.proxied import Client, Origin, client_of, origin, read_all, wait_until

MEGABYTE = 1024 * 1024
PUBLIC = "93.184.215.14"


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


def get(site: Origin) -> str:
    return f"GET http://origin.test:{site.port}/ HTTP/1.1\nHost: origin.test:{site.port}"


@pytest.mark.parametrize("authorization", ["", "Basic ", "Basic eDp5", "Bearer x", "Basic ÿ"])
def test_nobody_passes_without_the_credential_of_a_visit(site: Origin, proxy: ForwardProxy, authorization: str) -> None:
    with proxy.admit(max_bytes=MEGABYTE):
        plain = Client(proxy, authorization).ask(get(site))
        tunnel = Client(proxy, authorization).ask(f"CONNECT origin.test:{site.port} HTTP/1.1\nHost: x")

    assert plain.startswith(b"HTTP/1.1 407 ")
    assert tunnel.startswith(b"HTTP/1.1 407 ")
    assert site.received == []


def test_a_credential_ends_with_its_visit(site: Origin, proxy: ForwardProxy) -> None:
    with proxy.admit(max_bytes=MEGABYTE) as visit:
        client = client_of(proxy, visit)
        assert client.ask(get(site)).startswith(b"HTTP/1.1 200 ")

    assert client.ask(get(site)).startswith(b"HTTP/1.1 407 ")


def test_the_connections_of_a_visit_end_with_it(site: Origin, proxy: ForwardProxy) -> None:
    with proxy.admit(max_bytes=MEGABYTE) as visit:
        client = client_of(proxy, visit)
        held = client.connect()
        held.sendall(client.message(f"CONNECT origin.test:{site.port} HTTP/1.1\nHost: x"))
        assert held.recv(65536).startswith(b"HTTP/1.1 200 ")

    with held:
        assert read_all(held) == b""
    wait_until(site.left.is_set, what="the origin saw the end")


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://2130706433:{port}/",
        "http://127.0.0.1/",
        "http://169.254.169.254/computeMetadata/v1/",
        "http://other.test/",
        "http://user:pass@origin.test:{port}/",
        "http://public.example:22/",
    ],
)
def test_a_plain_request_to_a_forbidden_address_is_refused_and_noted(
    site: Origin, proxy: ForwardProxy, target: str
) -> None:
    with proxy.admit(max_bytes=MEGABYTE) as visit:
        answer = client_of(proxy, visit).ask(f"GET {target.format(port=site.port)} HTTP/1.1\nHost: origin.test")

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert len(visit.refusals) == 1
    assert site.received == []


@pytest.mark.parametrize(
    "authority", ["127.0.0.1:{port}", "localhost:443", "[::1]:443", "other.test:443", "10.0.0.1:80"]
)
def test_a_tunnel_to_a_forbidden_address_is_refused_and_noted(
    site: Origin, proxy: ForwardProxy, authority: str
) -> None:
    with proxy.admit(max_bytes=MEGABYTE) as visit:
        answer = client_of(proxy, visit).ask(f"CONNECT {authority.format(port=site.port)} HTTP/1.1\nHost: x")

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert len(visit.refusals) == 1
    assert site.received == []


def test_a_name_that_answers_differently_the_second_time_is_refused_then(site: Origin) -> None:
    answers: Iterator[Sequence[str]] = iter([[PUBLIC], ["127.0.0.1"]])
    check = site.check(resolve=lambda _: next(answers))

    first = check("http://rebound.test/")
    with ForwardProxy(check) as proxy, proxy.admit(max_bytes=MEGABYTE) as visit:
        second = client_of(proxy, visit).ask("GET http://rebound.test/ HTTP/1.1\nHost: rebound.test")

    assert first.addresses == (PUBLIC,)
    assert second.startswith(b"HTTP/1.1 403 ")
    assert visit.refusals == ["private address"]


def test_a_name_is_resolved_once_per_request_and_the_connection_goes_to_that_answer(site: Origin) -> None:
    answers: Iterator[Sequence[str]] = iter([["127.0.0.1"]])  # a second look would find nothing

    with ForwardProxy(site.check(resolve=lambda _: next(answers))) as proxy, proxy.admit(max_bytes=MEGABYTE) as visit:
        answer = client_of(proxy, visit).ask(get(site))

    assert answer.endswith(b"hello")


def test_a_name_without_an_address_is_noted(site: Origin) -> None:
    with ForwardProxy(site.check(resolve=lambda _: [])) as proxy, proxy.admit(max_bytes=MEGABYTE) as visit:
        answer = client_of(proxy, visit).ask("CONNECT unknown.example:443 HTTP/1.1\nHost: x")

    assert answer.startswith(b"HTTP/1.1 502 ")
    assert visit.failures == {"unknown.example:443": "name not found"}
    assert visit.refusals == []


def test_an_address_where_nobody_listens_is_noted() -> None:
    with origin() as gone:
        check, port = gone.check(), gone.port

    with ForwardProxy(check) as proxy, proxy.admit(max_bytes=MEGABYTE) as visit:
        answer = client_of(proxy, visit).ask(f"GET http://origin.test:{port}/ HTTP/1.1\nHost: x")

    assert answer.startswith(b"HTTP/1.1 502 ")
    assert visit.failures == {f"origin.test:{port}": "connection refused"}


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 3\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked",
        "Content-Length: 3\nContent-Length: 4",
        "Content-Length: 3, 3",
        "Content-Length: -3",
        "Content-Length: +3",
        "Content-Length: 0x3",
        "Content-Length : 3",
        "X-Folded: a\n b",
        "No colon",
        "X-Nul: a\0b",
        ": empty",
    ],
)
def test_a_request_that_two_readers_could_take_differently_is_refused(
    site: Origin, client: Client, headers: str
) -> None:
    answer = client.ask(f"POST http://origin.test:{site.port}/ HTTP/1.1\nHost: x\n{headers}", b"abc")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert site.received == []


@pytest.mark.parametrize(
    "line",
    [
        "GET / HTTP/1.1",
        "GET https://origin.test:{port}/ HTTP/1.1",
        "GET ftp://origin.test:{port}/ HTTP/1.1",
        "GET file:///etc/passwd HTTP/1.1",
        "GET  http://origin.test:{port}/ HTTP/1.1",
        "GET http://origin.test:{port}/ HTTP/2.0",
        "GET http://origin.test:{port}/",
        "get http://origin.test:{port}/ HTTP/1.1",
        "CONNECT http://origin.test:{port}/ HTTP/1.1",
        "CONNECT origin.test HTTP/1.1",
        "CONNECT x@origin.test:{port} HTTP/1.1",
        "CONNECT origin.test:{port}/path:1 HTTP/1.1",
        "\x16\x03\x01",
    ],
)
def test_what_is_no_request_to_a_proxy_is_refused(site: Origin, client: Client, line: str) -> None:
    answer = client.ask(line.format(port=site.port) + "\nHost: x")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert site.received == []


def test_a_head_that_is_too_long_is_refused(site: Origin, client: Client) -> None:
    answer = client.ask(get(site) + "\nX-Long: " + "x" * MAX_HEAD_BYTES)

    assert answer.startswith(b"HTTP/1.1 400 ") or answer == b""  # reset, when it is still being sent
    assert site.received == []


@pytest.mark.parametrize("answer", [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"])
def test_an_answer_that_is_not_http_is_not_passed_on(site: Origin, client: Client, answer: bytes) -> None:
    site.answer = answer

    assert client.ask(get(site)).startswith(b"HTTP/1.1 502 ")


def test_a_page_is_cut_where_its_budget_ends(site: Origin, proxy: ForwardProxy) -> None:
    site.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n" + b"x" * 8_000_000

    with proxy.admit(max_bytes=MEGABYTE) as visit:
        plain = client_of(proxy, visit).ask(get(site))

    assert visit.is_over_budget
    assert MEGABYTE // 2 < len(plain) < 2 * MEGABYTE


def test_a_budget_is_for_all_connections_of_a_page_together_in_both_directions(
    site: Origin, proxy: ForwardProxy
) -> None:
    with proxy.admit(max_bytes=MEGABYTE) as visit:
        client = client_of(proxy, visit)
        for _ in range(2):
            with client.tunnel(f"origin.test:{site.port}") as tunnel:
                tunnel.sendall(b"x" * 600_000)
                tunnel.shutdown(socket.SHUT_WR)
                read_all(tunnel)

    assert visit.is_over_budget
