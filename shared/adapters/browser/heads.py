"""The heads of HTTP/1.1 messages, read strictly: what two readers could take differently is refused."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection

from shared.structs import Struct

#: The most that a head may take; Chromium itself stops at 256 KiB.
MAX_HEAD_BYTES = 64 * 1024

#: These speak of one connection only, RFC 9110 7.6.1, or of the proxy itself.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
    }
)

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REQUEST_LINE = re.compile(r"(?P<method>[A-Z]{1,20}) (?P<target>[\x21-\x7e]+) HTTP/1\.[01]")
_STATUS_LINE = re.compile(r"HTTP/1\.[01] (?P<status>[1-9][0-9]{2})(?: .*)?")


class MalformedHead(Exception):
    """This is not the head of a message that we would pass on."""


class Head(Struct, frozen=True):
    """A start line and its headers, in order, with names in lower case."""

    start_line: str
    headers: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]

    def without(self, names: Collection[str]) -> tuple[tuple[str, str], ...]:
        """The headers but for these, and but for those that `Connection` names."""
        named = {name.strip().lower() for value in self.values("connection") for name in value.split(",")}
        return tuple((name, value) for name, value in self.headers if name not in names and name not in named)

    def request(self) -> tuple[str, str]:
        """Read method and target.

        Raises:
            MalformedHead: it is no request.
        """
        line = _REQUEST_LINE.fullmatch(self.start_line)
        if not line:
            raise MalformedHead("not a request line")
        return line["method"], line["target"]

    def status(self) -> int:
        """Read the status of an answer.

        Raises:
            MalformedHead: it is no answer.
        """
        line = _STATUS_LINE.fullmatch(self.start_line)
        if not line:
            raise MalformedHead("not a status line")
        return int(line["status"])

    def body_bytes(self) -> int:
        """How long the body of a request is.

        Raises:
            MalformedHead: it says so twice, or not at all.
        """
        if self.values("transfer-encoding"):
            raise MalformedHead("the length of the body is not said")
        lengths = self.values("content-length") or ["0"]
        if len(lengths) > 1 or not re.fullmatch(r"[0-9]{1,18}", lengths[0]):
            raise MalformedHead("the length of the body is not clear")
        return int(lengths[0])


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Read one head, the empty line included.

    Raises:
        MalformedHead: too long, cut, or not HTTP.
    """
    try:
        received = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise MalformedHead("the head is too long") from error
    except asyncio.IncompleteReadError as error:
        raise MalformedHead("the head is cut") from error
    start_line, *lines = received[:-4].decode("latin-1").split("\r\n")
    return Head(start_line, tuple(_read_header(line) for line in lines))


def write_head(start_line: str, headers: Collection[tuple[str, str]]) -> bytes:
    """Put a head together again."""
    lines = [start_line, *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _read_header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not _TOKEN.fullmatch(name) or re.search(r"[\r\n\0]", value):
        raise MalformedHead("not a header")
    return name.lower(), value.strip(" \t")
