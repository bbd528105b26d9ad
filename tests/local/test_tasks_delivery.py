"""One HTTP call under a total deadline, against receivers that misbehave."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from shared.local.tasks.delivery import DeadlineExceeded, Request, Unreachable, deliver
from tests.local.part_process import free_port
from tests.local.receiver import Receiver, Reply, running_receiver

DEADLINE_S = 0.5


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_the_whole_answer_comes_back(receiver: Receiver) -> None:
    receiver.answer("/whole?x=1", Reply(418, b"short and stout", "text/tea"))

    answer = deliver(Request("PUT", receiver.url("/whole?x=1"), {"X-A": "b"}, b"body"), deadline_s=5)

    (hit,) = receiver.hits("/whole?x=1")
    assert (answer.status, answer.content_type, answer.body) == (418, "text/tea", b"short and stout")
    assert (hit.method, hit.headers["X-A"], hit.body) == ("PUT", "b", b"body")


def test_an_answer_that_trickles_for_longer_than_the_deadline_is_given_up(receiver: Receiver) -> None:
    receiver.answer("/trickle", Reply(200, b"." * 200, trickle_s=0.05))
    started_s = time.monotonic()

    with pytest.raises(DeadlineExceeded):
        deliver(Request("POST", receiver.url("/trickle")), deadline_s=DEADLINE_S)

    assert DEADLINE_S <= time.monotonic() - started_s < 4 * DEADLINE_S


def test_headers_that_trickle_count_against_the_same_deadline(listener: socket.socket) -> None:
    def trickle_headers() -> None:
        connection, _ = listener.accept()
        with connection:
            for _ in range(100):
                if over.wait(0.05):
                    return
                connection.sendall(b"H")

    over = threading.Event()
    threading.Thread(target=trickle_headers, daemon=True).start()

    with pytest.raises(DeadlineExceeded):
        deliver(Request("POST", url_of(listener)), deadline_s=DEADLINE_S)

    over.set()


def test_a_receiver_that_reads_nothing_cannot_hold_a_large_body(listener: socket.socket) -> None:
    request = Request("POST", url_of(listener), body=bytes(64 * 1024 * 1024))

    with pytest.raises(DeadlineExceeded):
        deliver(request, deadline_s=DEADLINE_S)


def test_a_receiver_that_never_answers_is_given_up(listener: socket.socket) -> None:
    with pytest.raises(DeadlineExceeded):
        deliver(Request("POST", url_of(listener)), deadline_s=DEADLINE_S)


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    receiver.answer("/moved", Reply(302))

    assert deliver(Request("POST", receiver.url("/moved")), deadline_s=5).status == 302


def test_nobody_listening_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        deliver(Request("POST", f"http://127.0.0.1:{free_port()}/"), deadline_s=5)


@pytest.mark.parametrize("url", ["http://127.0.0.1:port/", "http://[::1/", "http://127.0.0.1:1/a b"])
def test_an_address_that_makes_no_sense_is_unreachable(url: str) -> None:
    with pytest.raises(Unreachable):
        deliver(Request("POST", url), deadline_s=5)


def test_a_header_that_would_break_the_request_is_not_sent(receiver: Receiver) -> None:
    with pytest.raises(Unreachable):
        deliver(Request("POST", receiver.url("/header"), {"X-A": "b\r\nX-C: d"}), deadline_s=5)

    assert receiver.hits("/header") == []


def url_of(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"
