"""One end for everything that a request does.

The time-out of a socket starts anew with every byte that arrives, so a server that trickles its answer would hold us
for ever. Here the connection itself is ended when the time is over, whatever it is doing: a handshake, headers, a body.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Lock, Timer
from types import TracebackType


class Cutoff:
    """Ends the connections that it watches when its time is over; a context, whose end leaves them alone.

    Whoever reads from such a connection is told that the other side has closed it.
    """

    def __init__(self, timeout_s: float) -> None:
        self.is_over = False
        self._lock = Lock()
        self._watched: list[socket.socket] = []
        self._timer = Timer(timeout_s, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Cutoff:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for connection in self._watched:
                connection.close()
            self._watched.clear()

    def watch(self, connection: socket.socket) -> None:
        """End this connection too. A TLS layer that is put over it afterwards ends with it."""
        with self._lock:
            # A descriptor of our own: TLS takes the connection's over, and whoever closes it may give the number away.
            self._watched.append(connection.dup())
            if self.is_over:
                _shut_down(self._watched[-1])

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            for connection in self._watched:
                _shut_down(connection)


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself
        connection.shutdown(socket.SHUT_RDWR)
