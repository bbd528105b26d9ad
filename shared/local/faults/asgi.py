"""ASGI requests that go wrong, served by uvicorn."""

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from shared.local.faults.accounting import ArmedFault
    from shared.local.faults.faults import Faults


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose requests know their connection, which ASGI itself has no way to close."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put the connection into the state of each of its requests."""
        self.app_state = {**self.app_state, "connection": transport}
        super().connection_made(transport)


class FaultyApp:
    """Let the requests of an application, which is served over `CuttableProtocol`, meet their faults."""

    def __init__(self, app: "ASGIApp", faults: "Faults") -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request."""
        exchange = _Exchange(self._faults, scope, receive, send)
        if not await exchange.fails_at_once():
            await self._app(scope, exchange.receive, exchange.send)


class _Exchange:
    """One request and its answer, either of which may be cut."""

    def __init__(self, faults: "Faults", scope: "Scope", receive: "Receive", send: "Send") -> None:
        self._faults = faults
        self._subject = {"method": scope["method"], "path": scope["path"]}
        self._connection: asyncio.Transport = scope["state"]["connection"]
        self._receive = receive
        self._send = send
        self._request_cut: _Cut | None = None
        self._answer_cut: _Cut | None = None
        self._is_over = False

    async def fails_at_once(self) -> bool:
        """Meet the faults of a call; say whether that has answered it."""
        # In a thread, for a stall blocks whoever asks.
        armed = await asyncio.to_thread(self._faults.meet, "call", self._subject)
        if armed and armed.fault.do == "fail":
            await self._fail(armed)
        elif armed:
            self._request_cut = _Cut(armed)
        return self._is_over

    async def receive(self) -> "Message":
        """Pass on what the client sends, until the connection is cut."""
        message = await self._receive()
        if self._request_cut and message["type"] == "http.request":
            message = self._request_cut.shorten(message)
            if self._request_cut.is_made:
                self._connection.close()
                self._is_over = True
        return message

    async def send(self, message: "Message") -> None:
        """Pass on the answer, until it fails or the connection is cut."""
        if self._is_over:
            return
        if message["type"] == "http.response.start":
            armed = await asyncio.to_thread(self._faults.meet, "answer", self._subject)
            if armed and armed.fault.do == "fail":
                await self._fail(armed)
                return
            self._answer_cut = _Cut(armed) if armed else None
        elif self._answer_cut:
            message = self._answer_cut.shorten(message)
        await self._send(message)
        if self._answer_cut and self._answer_cut.is_made:
            await self._hang_up()

    async def _fail(self, armed: "ArmedFault") -> None:
        self._is_over = True
        headers = [(b"content-length", b"0")]
        await self._send({"type": "http.response.start", "status": armed.fault.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": b""})

    async def _hang_up(self) -> None:
        self._is_over = True
        self._connection.close()
        while (await self._receive())["type"] != "http.disconnect":
            pass


class _Cut:
    """Count the bytes of a body, in whichever direction it goes, and cut it where the fault says so."""

    def __init__(self, armed: "ArmedFault") -> None:
        self._armed = armed
        self._left_bytes = armed.fault.after_bytes or 0
        self.is_made = False

    def shorten(self, message: "Message") -> "Message":
        body = message.get("body", b"")
        if len(body) > self._left_bytes:
            self.is_made = True
            return {**message, "body": body[: self._left_bytes], "more_body": True}
        self._left_bytes -= len(body)
        if not message.get("more_body", False):
            self._armed.give_back()
        return message
