"""Which URLs the guard lets through; the refused ones never make a connection, as a real listener tells."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_address
from threading import Event
from time import monotonic

import pytest

from shared.guard.addresses import is_public
from shared.guard.check import check_url
from shared.guard.errors import ForbiddenAddress, NameNotFound

PUBLIC = "93.184.215.14"
PRIVATE, BAD_HOST, BAD_URL = "private address", "not a valid host", "not a valid URL"

NAMES = {
    "public.example": [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
    "loopback.example": ["127.0.0.1"],
    "half.example": [PUBLIC, "127.0.0.1"],
    "half6.example": [PUBLIC, "::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "scoped.example": ["fe80::1%eth0"],
    "garbage.example": ["127.1"],
    "intranet.example": ["10.1.2.3"],
    "metadata.example": ["169.254.169.254"],
    "127.0.0.1.rebound.example": ["127.0.0.1"],
    "metadata.google.internal": [PUBLIC],
    "localhost": ["127.0.0.1"],
    "app.localhost": ["127.0.0.1"],
    "printer.local": [PUBLIC],
    "router.home.arpa": [PUBLIC],
    "metadata": [PUBLIC],
    "a.intranet.example": ["10.1.2.4"],
    "xn--bcher-kva.example": [PUBLIC],
}

#: URL and reason; all names without a dot or with a private answer lead to the listener in the end.
HOSTILE = [
    ("http://127.0.0.1/", PRIVATE),
    ("http://127.255.255.254/", PRIVATE),
    ("http://0.0.0.0/", PRIVATE),
    ("http://10.0.0.1/", PRIVATE),
    ("http://172.31.255.255/", PRIVATE),
    ("http://192.168.1.1/", PRIVATE),
    ("http://100.64.0.1/", PRIVATE),
    ("http://169.254.169.254/computeMetadata/v1/", PRIVATE),
    ("http://169.254.0.1/", PRIVATE),
    ("http://198.18.0.1/", PRIVATE),
    ("http://203.0.113.9/", PRIVATE),
    ("http://224.0.0.251/", PRIVATE),
    ("http://240.0.0.1/", PRIVATE),
    ("http://255.255.255.255/", PRIVATE),
    ("http://168.63.129.16/", PRIVATE),
    ("http://[::]/", PRIVATE),
    ("http://[::1]/", PRIVATE),
    ("http://[0:0:0:0:0:0:0:1]/", PRIVATE),
    ("http://[::ffff:127.0.0.1]/", PRIVATE),
    ("http://[::ffff:7f00:1]/", PRIVATE),
    ("http://[::127.0.0.1]/", PRIVATE),
    ("http://[64:ff9b::7f00:1]/", PRIVATE),
    ("http://[64:ff9b:1::a00:1]/", PRIVATE),
    ("http://[2002:7f00:1::]/", PRIVATE),
    ("http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", PRIVATE),
    ("http://[2001:db8::1]/", PRIVATE),
    ("http://[fc00::1]/", PRIVATE),
    ("http://[fd00:ec2::254]/", PRIVATE),
    ("http://[fe80::1]/", PRIVATE),
    ("http://[ff02::1]/", PRIVATE),
    ("http://[fec0::1]/", PRIVATE),
    ("http://[fe80::1%25eth0]/", BAD_HOST),
    ("http://2130706433/", BAD_HOST),
    ("http://0x7f000001/", BAD_HOST),
    ("http://0x7f.0.0.1/", BAD_HOST),
    ("http://0177.0.0.1/", BAD_HOST),
    ("http://017700000001/", BAD_HOST),
    ("http://127.1/", BAD_HOST),
    ("http://127.0.1/", BAD_HOST),
    ("http://127.0.0.0x1/", BAD_HOST),
    ("http://127.0.0.1./", BAD_HOST),
    ("http://127.0.0.256/", BAD_HOST),
    ("http://１２７.0.0.1/", PRIVATE),
    ("http://①②⑦.⓪.⓪.①/", PRIVATE),
    ("http://127。0。0。1/", PRIVATE),
    ("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", PRIVATE),
    ("http://loc\u00adalhost/", PRIVATE),
    ("http://%31%32%37.0.0.1/", BAD_HOST),
    ("http://localhost/", PRIVATE),
    ("http://LOCALHOST/", PRIVATE),
    ("http://localhost./", BAD_HOST),
    ("http://app.localhost/", PRIVATE),
    ("http://printer.local/", PRIVATE),
    ("http://router.home.arpa/", PRIVATE),
    ("http://metadata/", PRIVATE),
    ("http://metadata.google.internal/", PRIVATE),
    ("http://loopback.example/", PRIVATE),
    ("http://127.0.0.1.rebound.example/", PRIVATE),
    ("http://half.example/", PRIVATE),
    ("http://half6.example/", PRIVATE),
    ("http://mapped.example/", PRIVATE),
    ("http://scoped.example/", PRIVATE),
    ("http://garbage.example/", "not a valid address"),
    ("http://public.example./", BAD_HOST),
    ("http://public.example:22/", "port not allowed"),
    ("http://public.example:8080/", "port not allowed"),
    ("https://public.example:0/", "port not allowed"),
    ("http://public.example:99999/", "port not allowed"),
    ("http://public.example:８０/", BAD_HOST),
    ("http://user@127.0.0.1/", "credentials in the URL"),
    ("http://public.example@127.0.0.1/", "credentials in the URL"),
    ("http://127.0.0.1\\@public.example/", BAD_URL),
    ("http:\\\\127.0.0.1/", BAD_URL),
    ("http://public.example\t.127.0.0.1/", BAD_URL),
    ("http://127.0.0.1\n.public.example/", BAD_URL),
    (" http://127.0.0.1/", BAD_URL),
    ("http://public.example\u2028/", BAD_URL),
    ("http://[::1/", BAD_HOST),
    ("http://[::1]public.example/", BAD_HOST),
    ("http://" + "a." * 5000 + "example/", BAD_URL),
    ("http://" + "a" * 64 + ".example/", BAD_HOST),
    ("http://public..example/", BAD_HOST),
    ("http:///127.0.0.1/", BAD_HOST),
    ("http:127.0.0.1/", BAD_HOST),
    ("http://:80/", BAD_HOST),
    ("//127.0.0.1/", "not http or https"),
    ("127.0.0.1", "not http or https"),
    ("", "not http or https"),
    ("ftp://127.0.0.1/", "not http or https"),
    ("file:///etc/passwd", "not http or https"),
    ("gopher://127.0.0.1/", "not http or https"),
    ("javascript:alert(1)", "not http or https"),
    ("data:text/html,x", "not http or https"),
    ("view-source:http://127.0.0.1/", "not http or https"),
    ("chrome://version", "not http or https"),
]


def resolve(host: str) -> Sequence[str]:
    if host not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return NAMES[host]


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def visit(url: str, port: int) -> None:
    """Connect as whoever visits the URL would: to the first checked address."""
    checked = check_url(url, resolve=resolve)
    socket.create_connection((checked.addresses[0], port), timeout=1).close()


@pytest.mark.parametrize(("url", "reason"), HOSTILE, ids=[ascii(url)[:60] for url, _ in HOSTILE])
def test_a_hostile_url_is_refused_before_a_byte_is_sent(url: str, reason: str, listener: socket.socket) -> None:
    port = listener.getsockname()[1]

    with pytest.raises(ForbiddenAddress) as refused:
        visit(url, port)

    assert refused.value.reason == reason
    assert refused.value.status == 400
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://public.example/", "public.example", 80),
        ("HTTPS://Public.Example", "public.example", 443),
        ("https://public.example:80/a?b=http://127.0.0.1/#c@d", "public.example", 80),
        ("http://public.example?@127.0.0.1/", "public.example", 80),
        ("http://bücher.example/", "xn--bcher-kva.example", 80),
        ("http://93.184.215.14/", PUBLIC, 80),
        ("https://[2606:2800:21f::1]/", "2606:2800:21f::1", 443),
    ],
)
def test_a_public_url_is_let_through(url: str, host: str, port: int) -> None:
    checked = check_url(url, resolve=resolve)

    assert (checked.host, checked.port) == (host, port)
    assert checked.scheme == url.partition(":")[0].lower()


def test_every_address_of_a_name_is_handed_on_once() -> None:
    checked = check_url("http://public.example/", resolve=lambda host: [*resolve(host), PUBLIC])

    assert checked.addresses == (PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8931/", "127.0.0.1:8931"),
        ("http://localhost:8931/", "localhost:8931"),
        ("https://intranet.example/", "intranet.example"),
        ("http://[::1]:8931/", "[::1]:8931"),
        ("http://[fd12::1]/", "[fd12::1]"),
        ("http://public.example:8080/", "public.example:8080"),
    ],
)
def test_a_listed_host_may_be_private(url: str, allowed: str) -> None:
    checked = check_url(url, allowed_hosts={allowed}, resolve=resolve)

    assert checked.host in allowed


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8932/", "127.0.0.1:8931"),
        ("http://127.0.0.2:8931/", "127.0.0.1:8931"),
        ("http://localhost:8931/", "127.0.0.1:8931"),
        ("http://127.0.0.1:8931/", "localhost:8931"),
        ("http://app.localhost/", "localhost"),
        ("http://intranet.example:8080/", "intranet.example"),
        ("http://a.intranet.example/", "intranet.example"),
        ("http://[::1]:8931/", "::1"),
        ("http://user@127.0.0.1:8931/", "127.0.0.1:8931"),
    ],
)
def test_a_list_means_exactly_what_it_says(url: str, allowed: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_url(url, allowed_hosts={allowed}, resolve=resolve)


@pytest.mark.parametrize("host", ["169.254.169.254", "metadata.example", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"])
def test_a_metadata_server_cannot_be_listed(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_url(f"http://{host}/", allowed_hosts={host, "[::ffff:a9fe:a9fe]"}, resolve=resolve)


def test_a_name_without_an_address_is_somebody_elses_outage() -> None:
    with pytest.raises(NameNotFound):
        check_url("http://unknown.example/", resolve=resolve)
    with pytest.raises(NameNotFound):
        check_url("http://empty.example/", resolve=lambda _: [])


def test_a_resolver_that_hangs_is_left_after_the_time_out() -> None:
    released = Event()

    def hang(host: str) -> Sequence[str]:
        released.wait(10)
        return [PUBLIC]

    started = monotonic()
    with pytest.raises(NameNotFound, match=r"0\.1 s"):
        check_url("http://slow.example/", resolve=hang, resolve_timeout_s=0.1)
    released.set()

    assert monotonic() - started < 5


def test_an_address_is_never_resolved() -> None:
    asked: list[str] = []

    def remember(host: str) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC]

    with suppress(ForbiddenAddress):
        check_url("http://127.0.0.1/", resolve=remember)
    check_url(f"http://{PUBLIC}/", resolve=remember)

    assert asked == []


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("0.255.255.255", "1.0.0.0"),
        ("10.255.255.255", "11.0.0.0"),
        ("100.64.0.0", "100.63.255.255"),
        ("100.127.255.255", "100.128.0.0"),
        ("127.0.0.0", "126.255.255.255"),
        ("169.254.255.255", "169.255.0.0"),
        ("172.16.0.0", "172.15.255.255"),
        ("172.31.255.255", "172.32.0.0"),
        ("192.0.0.255", "192.0.1.0"),
        ("192.88.99.0", "192.88.98.255"),
        ("192.168.0.0", "192.167.255.255"),
        ("198.19.255.255", "198.20.0.0"),
        ("224.0.0.0", "223.255.255.255"),
        ("2001:1ff:ffff::", "2001:200::"),
        ("2001:db8:ffff::", "2001:db9::"),
        ("2002:ffff::", "2003::"),
        ("3fff:fff::", "3fff:1000::"),
        ("1fff:ffff::", "2000::"),
        ("4000::", "3ffd::"),
    ],
)
def test_the_closed_networks_end_where_the_registries_say(inside: str, outside: str) -> None:
    assert not is_public(ip_address(inside))
    assert is_public(ip_address(outside))
