"""What the server counted since it started, for benchmarks and for whoever wonders where the tasks went."""

import threading
from collections import Counter
from typing import Literal

Event = Literal["created", "dispatched", "succeeded", "failed", "given_up", "throttled"]


class Counters:
    """Event counts; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter(
            {"created": 0, "dispatched": 0, "succeeded": 0, "failed": 0, "given_up": 0, "throttled": 0}
        )

    def count(self, event: Event) -> None:
        """Count one more `event`."""
        with self._lock:
            self._counts[event] += 1

    def snapshot(self) -> dict[str, int]:
        """Return all counts."""
        with self._lock:
            return dict(self._counts)
