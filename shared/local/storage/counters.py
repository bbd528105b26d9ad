"""What was asked of the server since it started, by Cloud Storage's billing classes; for benchmarks."""

import threading
from collections import Counter
from enum import StrEnum
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class OperationClass(StrEnum):
    """What Cloud Storage bills an operation as."""

    A = "class_a"  # writes and lists
    B = "class_b"  # reads
    FREE = "free"  # deletes; the chunks of an upload that was counted when it began


class Counters:
    """Count operations and bytes of bodies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._classes = Counter[OperationClass]()
        self._operations = Counter[str]()
        self.bytes_in = 0
        self.bytes_out = 0

    def count(self, operation: str, operation_class: OperationClass) -> None:
        """Count one operation, such as `objects.get`."""
        with self._lock:
            self._classes[operation_class] += 1
            self._operations[operation] += 1

    def snapshot(self) -> dict[str, Any]:
        """Return all counts as JSON."""
        with self._lock:
            classes = {str(each): self._classes[each] for each in OperationClass}
            operations = dict(sorted(self._operations.items()))
        return {
            **classes,
            "operations": operations,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
        }


class TrafficMeter:
    """ASGI middleware that counts the bytes of bodies."""

    def __init__(self, app: ASGIApp, counters: Counters) -> None:
        self._app = app
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting on the event loop's thread."""

        async def metered_receive() -> Message:
            message = await receive()
            self._counters.bytes_in += len(message.get("body", b""))
            return message

        async def metered_send(message: Message) -> None:
            self._counters.bytes_out += len(message.get("body", b""))
            await send(message)

        await self._app(scope, metered_receive, metered_send)
