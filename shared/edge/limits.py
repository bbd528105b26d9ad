"""Limits of one instance: of requests per key (a token bucket), and of requests that wait.

Approximate on purpose: exact ones would cost a write a request.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore, Lock

from shared.errors import Busy, TooMany
from shared.settings import settings

_MOST_BUCKETS = 10_000


class RateLimiter:
    """Token buckets by key; safe to share between threads."""

    def __init__(self, *, rate_per_s: float, burst: int) -> None:
        self._rate = rate_per_s
        self._burst = burst
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, key: str, *, now_s: float | None = None) -> None:
        """Count one request.

        Raises:
            TooMany: the key has none left for now; says when it will.
        """
        now = time.monotonic() if now_s is None else now_s
        with self._lock:
            tokens, since = self._buckets.get(key, (float(self._burst), now))
            tokens = min(self._burst, tokens + (now - since) * self._rate)
            if tokens < 1:
                raise TooMany(retry_after_s=max(1, math.ceil((1 - tokens) / self._rate)))
            if len(self._buckets) >= _MOST_BUCKETS:
                self._buckets.clear()
            self._buckets[key] = (tokens - 1, now)


class WaitingRoom:
    """Room for so many requests that wait for a run; safe to share between threads."""

    def __init__(self, places: int) -> None:
        self._places = BoundedSemaphore(places)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for as long as the block lasts.

        Raises:
            Busy: there is none.
        """
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._places.release()


@cache
def waiting_room() -> WaitingRoom:
    """The one of this process."""
    return WaitingRoom(settings().max_waiters)
