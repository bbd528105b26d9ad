"""The forward proxy that every request of the browser goes through.

It listens on loopback, on a free port, and serves nobody without the credential of a visit: no other process of the
machine can use it, and neither can the browser once the visit is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Thread
from types import TracebackType
from typing import Any, Self

from shared.adapters.browser.exchange import Stream, serve_exchange
from shared.adapters.browser.heads import MAX_HEAD_BYTES
from shared.adapters.browser.visits import Visit
from shared.guard.check import Check, CheckedAddress

HOST = "127.0.0.1"
MAX_CONNECTIONS = 64  # Chromium opens at most 32 to one proxy
CONNECTION_TIMEOUT_S = 60.0
CHECKING_THREADS = 16
STOP_TIMEOUT_S = 5.0


class ForwardProxy:
    """A proxy for HTTP and CONNECT on a thread of its own, from entering to leaving the context."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._visits: set[Visit] = set()
        self._connections: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="forward proxy", daemon=True)
        self._checking = ThreadPoolExecutor(CHECKING_THREADS, thread_name_prefix="check url")
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens, as browsers are told."""
        if self._server is None:
            raise RuntimeError("the proxy has not been started")
        return f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        listening = asyncio.start_server(self._accept, HOST, 0, limit=MAX_HEAD_BYTES)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(STOP_TIMEOUT_S)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(STOP_TIMEOUT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_TIMEOUT_S)
        self._loop.close()
        self._checking.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def admit(self, *, max_bytes: int) -> Iterator[Visit]:
        """Let a page in, until the context is left: then its connections end and its credential is worth nothing."""
        visit = Visit(max_bytes=max_bytes)
        self._visits.add(visit)
        try:
            yield visit
        finally:
            self._visits.discard(visit)
            asyncio.run_coroutine_threadsafe(_end(visit.connections), self._loop).result(STOP_TIMEOUT_S)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= MAX_CONNECTIONS:
            writer.close()
            return
        task = self._loop.create_task(self._serve(Stream(reader, writer)))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        task.add_done_callback(lambda _: writer.close())  # also of a task that is cancelled before it began

    async def _serve(self, client: Stream) -> None:
        with suppress(OSError):
            async with asyncio.timeout(CONNECTION_TIMEOUT_S):
                await serve_exchange(client, find_visit=self._admitted, check=self._check_aside)

    def _admitted(self, authorization: str) -> Visit | None:
        """The visit of this credential; from now on the connection is its own, and ends with it."""
        visit = next((visit for visit in list(self._visits) if visit.is_shown_by(authorization)), None)
        task = asyncio.current_task()
        if visit and task:
            visit.connections.add(task)
            task.add_done_callback(visit.connections.discard)
        return visit

    async def _check_aside(self, url: str) -> CheckedAddress:
        return await self._loop.run_in_executor(self._checking, self._check, url)

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        await _end(asyncio.all_tasks() - {asyncio.current_task()})
        await asyncio.sleep(0)  # what was closed has its last callbacks


async def _end(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    ended = [task for task in tasks if task]
    for task in ended:
        task.cancel()
    await asyncio.gather(*ended, return_exceptions=True)
