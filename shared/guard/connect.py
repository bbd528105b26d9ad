"""Connect to what was checked, and to nothing else."""

from __future__ import annotations

import socket
from time import monotonic

from shared.guard.check import CheckedAddress


def open_connection(checked: CheckedAddress, *, timeout_s: float) -> socket.socket:
    """Connect to the first checked address that answers; no name is resolved again.

    For https wrap the socket with `server_hostname=checked.host`. The addresses share the time, so that a dead one
    leaves some to the next. The socket keeps `timeout_s` for its reads and writes.

    Raises:
        OSError: none of them answered; TimeoutError: not in time.
    """
    deadline = monotonic() + timeout_s
    failure: OSError | None = None
    for addresses_left, address in zip(range(len(checked.addresses), 0, -1), checked.addresses, strict=True):
        share_s = max(deadline - monotonic(), 0.001) / addresses_left
        try:
            connection = socket.create_connection((address, checked.port), timeout=share_s)
        except OSError as error:
            failure = error
        else:
            connection.settimeout(timeout_s)
            return connection
    raise failure or ConnectionError(f"{checked.host} has no address")
