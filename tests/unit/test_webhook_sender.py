"""Posting to tenants' servers: where it may go, what counts of an answer, and how long it may take."""

from __future__ import annotations

import functools
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler

import pytest

from shared.adapters.webhooks import MOST_OF_AN_ANSWER, GuardedWebhooks
from shared.errors import Upstream, UpstreamTimeout
from shared.guard.check import check_url
from shared.guard.errors import ForbiddenAddress, NameNotFound
from tests.unit.webhook_receiver import Receiver, receiving, status

TIMEOUT_S = 0.5
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def sender(
    receiver: Receiver, *, timeout_s: float = 10, resolve: Callable[[str], Sequence[str]] = lambda _: ["127.0.0.1"]
) -> GuardedWebhooks:
    """A sender of a deployment that lists the receiver, by its address and as `hooks.test`."""
    listed = {receiver.authority, f"hooks.test:{receiver.server_port}"}
    return GuardedWebhooks(functools.partial(check_url, allowed_hosts=listed, resolve=resolve), timeout_s=timeout_s)


@pytest.mark.parametrize("code", [200, 204, 301, 400, 410, 429, 500, 503])
def test_the_status_is_what_is_told_of_an_answer(receiver: Receiver, code: int) -> None:
    receiver.answers = [status(code, b"" if code == 204 else b"word")]

    assert sender(receiver).post(receiver.url, body=b'{"a":1}', headers={"X-Chalk-Event": "e"}) == code

    [told] = receiver.told
    assert (told.path, told.body, told.headers["X-Chalk-Event"]) == ("/hooks/recordings", b'{"a":1}', "e")


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [status(307, Location=receiver.url)]

    assert sender(receiver).post(receiver.url, body=b"", headers={}) == 307
    assert len(receiver.told) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{other}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://2130706433:{port}/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "https://metadata.google.internal/",
        "http://user:secret@hooks.test:{port}/",
        "file:///etc/passwd",
        "https://private.example/",
    ],
)
def test_nothing_is_sent_to_where_we_do_not_go(receiver: Receiver, url: str) -> None:
    at = url.format(port=receiver.server_port, other=receiver.server_port + 1)

    with pytest.raises(ForbiddenAddress):
        sender(receiver, resolve=lambda _: ["192.168.1.1"]).post(at, body=b"", headers={})

    assert receiver.told == []


def test_a_name_that_leads_elsewhere_the_second_time_does_not_lead_there(receiver: Receiver) -> None:
    answers = iter([["127.0.0.1"]])
    url = f"http://hooks.test:{receiver.server_port}/"

    rebinding = sender(receiver, resolve=lambda name: next(answers, ["169.254.169.254"]))

    assert rebinding.post(url, body=b"", headers={}) == 200
    with pytest.raises(ForbiddenAddress):
        rebinding.post(url, body=b"", headers={})


def test_a_name_without_an_address_may_have_one_later(receiver: Receiver) -> None:
    with pytest.raises(NameNotFound) as unknown:
        sender(receiver, resolve=lambda _: []).post("https://gone.example/", body=b"", headers={})

    assert isinstance(unknown.value, Upstream)


def test_a_server_that_is_down_tells_nothing_of_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        authority = f"127.0.0.1:{listener.getsockname()[1]}"
    down = GuardedWebhooks(functools.partial(check_url, allowed_hosts={authority}))

    with pytest.raises(Upstream, match=r"^the connection failed$"):
        down.post(f"http://{authority}/", body=b"", headers={})


def test_a_server_without_tls_is_told_nothing(receiver: Receiver) -> None:
    with pytest.raises(Upstream, match="TLS"):
        sender(receiver).post(receiver.url.replace("http:", "https:"), body=b"", headers={})

    assert receiver.told == []


@pytest.mark.parametrize("beginning", [b"", OK + b"X-Slow: "], ids=["status line", "header"])
def test_a_server_that_answers_a_byte_at_a_time_is_hung_up_on(receiver: Receiver, beginning: bytes) -> None:
    receiver.answers = [receiver.trickle(b"x", beginning)]
    began_at = time.monotonic()

    with pytest.raises(UpstreamTimeout, match=r"no answer within 0\.5 s"):
        sender(receiver, timeout_s=TIMEOUT_S).post(receiver.url, body=b"", headers={})

    assert TIMEOUT_S <= time.monotonic() - began_at < TIMEOUT_S + 2


def test_a_server_that_never_answers_is_hung_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        authority = f"127.0.0.1:{silent.getsockname()[1]}"
        waiting = GuardedWebhooks(functools.partial(check_url, allowed_hosts={authority}), timeout_s=TIMEOUT_S)

        with pytest.raises(UpstreamTimeout):
            waiting.post(f"http://{authority}/", body=b"", headers={})


def test_a_tls_handshake_that_never_ends_is_hung_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        authority = f"127.0.0.1:{silent.getsockname()[1]}"
        waiting = GuardedWebhooks(functools.partial(check_url, allowed_hosts={authority}), timeout_s=TIMEOUT_S)

        with pytest.raises(UpstreamTimeout):
            waiting.post(f"https://{authority}/", body=b"", headers={})


@pytest.mark.parametrize("how", ["trickles", "endless"])
def test_a_body_is_not_waited_for_once_the_status_is_known(receiver: Receiver, how: str) -> None:
    piece = b"x" if how == "trickles" else b"x" * MOST_OF_AN_ANSWER
    receiver.answers = [receiver.trickle(piece, OK + b"Connection: close\r\n\r\n")]
    began_at = time.monotonic()

    assert sender(receiver, timeout_s=TIMEOUT_S).post(receiver.url, body=b"", headers={}) == 200

    assert time.monotonic() - began_at < TIMEOUT_S + 2


def not_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.7\r\n")


def test_an_answer_that_is_not_http_is_none(receiver: Receiver) -> None:
    receiver.answers = [not_http]

    with pytest.raises(Upstream):
        sender(receiver).post(receiver.url, body=b"", headers={})
