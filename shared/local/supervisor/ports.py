"""The ports of a data folder: chosen freely once, then the same at every start.

Signed URLs, queued tasks and undelivered events hold absolute URLs, so a platform that comes back on other ports
would strand them. A remembered port that somebody else listens on by then is replaced by another one; what was
stored with the old port stays as it is, and its URLs reach nobody.

New ports are taken below the range from which the system gives ports to outgoing connections, and while the
platform runs each port is also bound (but not listened on) by the supervisor. Otherwise a connection of anybody
could take the port of a part while that part restarts.
"""

import json
import secrets
import socket
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

_FIRST_PORT = 20_000
_END_OF_PORTS = 32_768  # here Linux begins its ephemeral ports, other systems later


class Ports:
    """The ports of one running platform."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reservations: list[socket.socket] = []

    def reserve(self, parts: Iterable[str]) -> Mapping[str, int]:
        """Return a port for each part, the one of the last start wherever that is free."""
        remembered: dict[str, int] = json.loads(self._path.read_text()) if self._path.exists() else {}
        chosen = {part: self._reserve(remembered.get(part)) for part in parts}
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(remembered | chosen, indent=2))
        draft.replace(self._path)
        return chosen

    def release(self) -> None:
        """Give the ports back to the system."""
        for reservation in self._reservations:
            reservation.close()
        self._reservations.clear()

    def _reserve(self, remembered: int | None) -> int:
        reservation = (remembered and _bind_again(remembered)) or _bind_new()
        port: int = reservation.getsockname()[1]
        # Elsewhere a server cannot bind an address that we have bound, even one that nobody listens on.
        if sys.platform == "linux":
            self._reservations.append(reservation)
        else:
            reservation.close()
        return port


def _bind_again(port: int) -> socket.socket | None:
    """Bind a port that we used before: connections of that time that are still closing do not matter."""
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        reservation.bind(("127.0.0.1", port))
    except OSError:
        reservation.close()
        return None
    return reservation


def _bind_new() -> socket.socket:
    """Bind a port that nobody has bound, whether listened on or not."""
    while True:
        reservation = socket.socket()
        try:
            reservation.bind(("127.0.0.1", _FIRST_PORT + secrets.randbelow(_END_OF_PORTS - _FIRST_PORT)))
        except OSError:
            reservation.close()
            continue
        reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # lets the part bind it as well
        return reservation
