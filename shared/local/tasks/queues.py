"""What a queue's settings mean: their defaults and limits, the token bucket, the back-off.

Pure functions and values; the numbers are those of the Cloud Tasks v2 reference (`RateLimits`,
`RetryConfig`).
"""

import re
from dataclasses import dataclass, replace
from typing import Self

from google.cloud.tasks_v2 import Queue, RateLimits, RetryConfig

from shared.local.tasks.errors import invalid, unsupported
from shared.local.tasks.messages import RUNNING, duration, seconds_of

_QUEUE_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/queues/[A-Za-z0-9-]{1,100}")
_MAX_RATE_PER_S = 500
_MAX_CONCURRENT = 5000
_MAX_BURST = 100
_SLOWEST_PACE = 1 / 32


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """The dispatches that a queue has in hand at the moment `at_s`.

    `pace` is the share of the configured rate in force: production slows a queue down while its targets
    answer 429 or 503, and speeds it up again when they stop. Its algorithm is not published; here each such
    answer halves the pace and forfeits what was saved, and each success doubles it.
    """

    tokens: float
    at_s: float
    pace: float = 1.0

    def refilled(self, limits: RateLimits, now_s: float) -> Self:
        """Return the bucket as it is at `now_s`."""
        gained = (now_s - self.at_s) * limits.max_dispatches_per_second * self.pace
        return replace(self, tokens=min(limits.max_burst_size, self.tokens + gained), at_s=now_s)

    def taken(self) -> Self:
        """Return the bucket less one dispatch."""
        return replace(self, tokens=self.tokens - 1)

    def wait_s(self, limits: RateLimits) -> float:
        """Return the seconds until a token is there; 0 when one is."""
        return max(0.0, (1 - self.tokens) / (limits.max_dispatches_per_second * self.pace))

    def slowed(self) -> Self:
        """Return the bucket after a target said that it is overloaded."""
        return replace(self, pace=max(_SLOWEST_PACE, self.pace / 2), tokens=min(1.0, self.tokens))

    def recovered(self) -> Self:
        """Return the bucket after a target succeeded."""
        return replace(self, pace=min(1.0, self.pace * 2))


def backoff_s(retry: RetryConfig, failures: int) -> float:
    """Return the seconds between the `failures`-th failure (from 1) and the next attempt.

    Doubles `max_doublings` times from `min_backoff`, then grows by the last step, and never exceeds
    `max_backoff`: 10 s, 300 s and 3 doublings give 10, 20, 40, 80, 160, 240, 300, 300, …
    """
    doublings = min(failures - 1, retry.max_doublings)
    steps = failures - doublings
    # 2^60 times any floor is beyond every ceiling: more doublings would only overflow.
    wanted_s = seconds_of(retry.min_backoff) * 2.0 ** min(doublings, 60) * steps
    return min(seconds_of(retry.max_backoff), wanted_s)


def is_spent(retry: RetryConfig, attempts: int, age_s: float) -> bool:
    """Tell whether a failed task is given up: every limit that is set is reached; -1 attempts are unlimited.

    `age_s` counts from the first attempt.
    """
    if retry.max_attempts < 0 or attempts < retry.max_attempts:
        return False
    return "max_retry_duration" not in retry or age_s >= seconds_of(retry.max_retry_duration)


def complete_queue(queue: Queue) -> Queue:
    """Return a valid copy of `queue` with every setting that was left open at its default.

    Raises:
        Refused: a name or setting that the API refuses, or that this server does not have.
    """
    if not _QUEUE_NAME.fullmatch(queue.name):
        raise invalid(
            'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>".'
        )
    if "http_target" in queue or "app_engine_routing_override" in queue:
        raise unsupported("This server knows no queue-level target.")
    complete = Queue(queue)
    complete.state = queue.state or RUNNING
    complete.rate_limits = _complete_rate_limits(queue.rate_limits)
    complete.retry_config = _complete_retry_config(queue.retry_config)
    return complete


def _complete_rate_limits(limits: RateLimits) -> RateLimits:
    rate_per_s, concurrent = limits.max_dispatches_per_second, limits.max_concurrent_dispatches
    if not 0 <= rate_per_s <= _MAX_RATE_PER_S:
        raise invalid(f"RateLimits.maxDispatchesPerSecond must be between 0 and {_MAX_RATE_PER_S}.")
    if not 0 <= concurrent <= _MAX_CONCURRENT:
        raise invalid(f"RateLimits.maxConcurrentDispatches must be between 0 and {_MAX_CONCURRENT}.")
    rate_per_s = rate_per_s or _MAX_RATE_PER_S
    return RateLimits(
        max_dispatches_per_second=rate_per_s,
        max_concurrent_dispatches=concurrent or 1000,
        # Output only: what the client sent is ignored.
        max_burst_size=max(1, min(_MAX_BURST, int(rate_per_s))),
    )


def _complete_retry_config(retry: RetryConfig) -> RetryConfig:
    complete = RetryConfig(retry)
    complete.max_attempts = retry.max_attempts or 100
    complete.max_doublings = retry.max_doublings or 16
    if "min_backoff" not in retry:
        complete.min_backoff = duration(0.1)
    if "max_backoff" not in retry:
        complete.max_backoff = duration(3600)
    if complete.max_attempts < -1:
        raise invalid("RetryConfig.maxAttempts must be greater or equal to -1.")
    if complete.max_doublings < 0:
        raise invalid("RetryConfig.maxDoublings cannot be negative.")
    if seconds_of(complete.min_backoff) < 0:
        raise invalid("RetryConfig.minBackoff cannot be negative.")
    if seconds_of(complete.min_backoff) > seconds_of(complete.max_backoff):
        raise invalid("RetryConfig.minBackoff must be less than or equal to RetryConfig.maxBackoff.")
    return complete
