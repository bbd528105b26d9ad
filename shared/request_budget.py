"""How often somebody may ask: a limit that is kept on our side, before the other side enforces it.

Per process, so approximate: several instances may still be refused by the service, which says so with a 429.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import Lock

from shared.structs import Struct


class Limit(Struct, frozen=True):
    """So many requests in every stretch of so many seconds."""

    requests: int
    window_s: float


class Budget:
    """A token bucket that keeps a limit; safe to share between threads.

    Half of the limit may come at once and half of it flows back in a window, so no window sees more than the whole.
    """

    def __init__(self, limit: Limit, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._burst = max(1.0, limit.requests / 2)
        self._rate_per_s = limit.requests / 2 / limit.window_s
        self._tokens, self._since_s = self._burst, clock()

    def take(self) -> int:
        """Take one request out and return 0, or the seconds after which there is one."""
        with self._lock:
            now_s = self._clock()
            self._tokens = min(self._burst, self._tokens + (now_s - self._since_s) * self._rate_per_s)
            self._since_s = now_s
            if self._tokens < 1:
                return max(1, math.ceil((1 - self._tokens) / self._rate_per_s))
            self._tokens -= 1
            return 0
