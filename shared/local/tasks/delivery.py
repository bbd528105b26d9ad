"""One HTTP request under one total deadline.

The time-out of a socket starts anew with every byte that arrives, so a target that trickles its answer would
hold a delivery for ever. Here connecting, sending and receiving share one deadline.
"""

import http.client
import socket
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import Buffer


class DeadlineExceeded(Exception):
    """The target did not answer, whole, in time."""


class Unreachable(Exception):
    """No answer came: nobody listens, the connection broke, or what came is not HTTP."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to a target; `url` is absolute and http."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the target answered; a redirect is an answer like any other."""

    status: int
    content_type: str = ""
    body: bytes = b""


def deliver(request: Request, *, deadline_s: float) -> Answer:
    """Send `request` and return the whole answer within `deadline_s` seconds.

    Raises:
        DeadlineExceeded: the answer was not complete in time.
        Unreachable: there was no answer.
    """
    try:
        target = urllib.parse.urlsplit(request.url)
        path = urllib.parse.urlunsplit(("", "", target.path or "/", target.query, ""))
        connection = _Connection(target.netloc, time.monotonic() + deadline_s)
        try:
            connection.request(request.method, path, request.body or None, dict(request.headers))
            response = connection.getresponse()
            return Answer(response.status, response.getheader("Content-Type", ""), response.read())
        finally:
            connection.close()
    except TimeoutError as error:
        raise DeadlineExceeded(f"no complete answer within {deadline_s:g} s") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error


class _Socket(socket.socket):
    """A socket whose every operation may take what is left until the deadline, and no more."""

    deadline_s = 0.0

    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(_left_s(self.deadline_s))
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: Buffer, flags: int = 0) -> None:
        self.settimeout(_left_s(self.deadline_s))
        super().sendall(data, flags)


class _Connection(http.client.HTTPConnection):
    def __init__(self, netloc: str, deadline_s: float) -> None:
        super().__init__(netloc)
        self._deadline_s = deadline_s

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), _left_s(self._deadline_s))
        timed = _Socket(plain.family, plain.type, plain.proto, plain.detach())
        timed.deadline_s = self._deadline_s
        timed.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = timed


def _left_s(deadline_s: float) -> float:
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s
