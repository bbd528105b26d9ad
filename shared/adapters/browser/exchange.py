"""One connection of the browser to the proxy: a tunnel, or one plain request and its answer.

A plain connection carries one request. We say `Connection: close` to both sides and never read a second head, so
nothing can hide behind the first. Every request is checked, and goes to the addresses that the check gave.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from shared.adapters.browser.heads import HOP_BY_HOP, Head, MalformedHead, read_head, write_head
from shared.adapters.browser.visits import OverBudget, Visit
from shared.guard.check import CheckedAddress
from shared.guard.errors import ForbiddenAddress, NameNotFound
from shared.structs import Struct

CONNECT_TIMEOUT_S = 5.0
HEAD_TIMEOUT_S = 10.0
PIECE_BYTES = 64 * 1024

_AUTHORITY = re.compile(r"[^/?#@\\]+:[0-9]+")

#: Finds the visit whose credential a request shows.
FindVisit = Callable[[str], Visit | None]
CheckAsync = Callable[[str], Awaitable[CheckedAddress]]


class _Refused(Exception):
    """The proxy answers this itself."""

    def __init__(self, status_line: str, *headers: tuple[str, str]) -> None:
        super().__init__(status_line)
        self.answer = write_head(
            f"HTTP/1.1 {status_line}", [*headers, ("content-length", "0"), ("connection", "close")]
        )


class Stream(Struct, frozen=True):
    """Both directions of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


async def serve_exchange(client: Stream, *, find_visit: FindVisit, check: CheckAsync) -> None:
    """Serve one connection of a browser until it ends."""
    try:
        await _exchange(client, find_visit, check)
    except _Refused as refused:
        client.writer.write(refused.answer)
        await client.writer.drain()
    except OverBudget:
        return


async def _exchange(client: Stream, find_visit: FindVisit, check: CheckAsync) -> None:
    try:
        async with asyncio.timeout(HEAD_TIMEOUT_S):
            head = await read_head(client.reader)
        method, target = head.request()
        body_bytes = head.body_bytes()
    except MalformedHead as error:
        raise _Refused("400 Bad Request") from error
    visit = find_visit(next(iter(head.values("proxy-authorization")), ""))
    if visit is None:
        raise _Refused("407 Proxy Authentication Required", ("proxy-authenticate", 'Basic realm="playhead"'))
    server = await _reach(_url_of(method, target), visit, check)
    try:
        if method == "CONNECT":
            await _tunnel(client, server, visit)
        else:
            await _pass_request(client, server, visit, head, body_bytes)
            await _pass_answer(client, server, visit)
    finally:
        server.writer.close()


def _url_of(method: str, target: str) -> str:
    """The URL to check; a tunnel's is the root of what it leads to."""
    if method == "CONNECT" and _AUTHORITY.fullmatch(target):
        return f"https://{target}/"
    if method != "CONNECT" and target.lower().startswith("http://"):
        return target
    raise _Refused("400 Bad Request")


async def _reach(url: str, visit: Visit, check: CheckAsync) -> Stream:
    """Connect to where a URL leads, or say why not, to the browser and in the visit."""
    try:
        return await _connect(await check(url))
    except ForbiddenAddress as error:
        visit.refusals.append(error.reason)
        raise _Refused("403 Forbidden") from error
    except (NameNotFound, OSError) as error:
        visit.failures[authority_of(url)] = _reason_of(error)
        raise _Refused("502 Bad Gateway") from error


def _reason_of(error: NameNotFound | OSError) -> str:
    match error:
        case NameNotFound():
            return "name not found"
        case ConnectionRefusedError():
            return "connection refused"
        case TimeoutError():
            return "connection timed out"
        case _:
            return "connection failed"


def authority_of(url: str) -> str:
    """`host:port` of an http or https URL that a browser wrote."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


async def _connect(checked: CheckedAddress) -> Stream:
    """Connect as `shared.guard.connect` does, without holding a thread."""
    failure: OSError | None = None
    for address in checked.addresses:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S / len(checked.addresses)):
                return Stream(*await asyncio.open_connection(address, checked.port))
        except OSError as error:
            failure = error
    raise failure or ConnectionError("no address")


async def _tunnel(client: Stream, server: Stream, visit: Visit) -> None:
    client.writer.write(write_head("HTTP/1.1 200 Connection Established", []))
    await client.writer.drain()
    await _first_of(_pump(client.reader, server.writer, visit), _pump(server.reader, client.writer, visit))


async def _pass_request(client: Stream, server: Stream, visit: Visit, head: Head, body_bytes: int) -> None:
    method, target = head.request()
    parts = urlsplit(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = [("host", parts.netloc), *head.without({*HOP_BY_HOP, "host"}), ("connection", "close")]
    server.writer.write(write_head(f"{method} {path} HTTP/1.1", headers))
    while body_bytes:
        piece = await client.reader.read(min(body_bytes, PIECE_BYTES))
        if not piece:
            raise _Refused("400 Bad Request")
        body_bytes -= len(piece)
        await _pass_piece(piece, server.writer, visit)
    await server.writer.drain()


async def _pass_answer(client: Stream, server: Stream, visit: Visit) -> None:
    """Pass the answer on until the server has said all, or the browser has heard enough."""
    try:
        head = await read_head(server.reader)
        while 100 <= head.status() < 200:
            head = await read_head(server.reader)
    except (MalformedHead, OSError) as error:
        raise _Refused("502 Bad Gateway") from error
    client.writer.write(write_head(head.start_line, [*head.without(HOP_BY_HOP), ("connection", "close")]))
    await _first_of(_pump(server.reader, client.writer, visit), _leave(client.reader))


async def _leave(reader: asyncio.StreamReader) -> None:
    """Wait until the browser closes, or sends what nobody asked for."""
    await reader.read(1)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, visit: Visit) -> None:
    while piece := await reader.read(PIECE_BYTES):
        await _pass_piece(piece, writer, visit)


async def _pass_piece(piece: bytes, writer: asyncio.StreamWriter, visit: Visit) -> None:
    visit.spend(len(piece))
    writer.write(piece)
    await writer.drain()


async def _first_of(*directions: Awaitable[None]) -> None:
    """Run both directions until one ends, and end the other."""
    tasks = [asyncio.ensure_future(direction) for direction in directions]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
