"""What was asked, by operation and meeting; and the limits of how often it may be."""

import math
import threading
import time
from collections import Counter, deque

from shared.local.realtimekit.errors import LimitReached


class Window:
    """So many requests in any stretch of so many seconds; used by one thread at a time."""

    def __init__(self, requests: int, window_s: float) -> None:
        self._requests = requests
        self._window_s = window_s
        self._times: deque[float] = deque()

    def enter(self) -> None:
        """Count one request.

        Raises:
            LimitReached: 429.
        """
        now_s = time.monotonic()
        while self._times and self._times[0] <= now_s - self._window_s:
            self._times.popleft()
        if len(self._times) >= self._requests:
            raise LimitReached(math.ceil(self._times[0] + self._window_s - now_s))
        self._times.append(now_s)


class Calls:
    """The requests since the server started; safe to share between threads."""

    def __init__(self, *, all_calls: Window, recording_calls: Window) -> None:
        self._lock = threading.Lock()
        self._all_calls = all_calls
        self._recording_calls = recording_calls
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, operation: str, meeting_id: str) -> None:
        """Count one request, `recordings.start` of a meeting (or of none: empty).

        Raises:
            LimitReached: 429. It counts nevertheless.
        """
        with self._lock:
            self._counts[operation, meeting_id] += 1
            self._all_calls.enter()
            if operation.startswith("recordings."):
                self._recording_calls.enter()

    def snapshot(self, meeting_id: str | None) -> dict[str, int]:
        """Return the counts by operation, of one meeting or of all."""
        counts: Counter[str] = Counter()
        with self._lock:
            for (operation, counted_for), count in self._counts.items():
                if meeting_id in (None, counted_for):
                    counts[operation] += count
        return dict(sorted(counts.items()))
