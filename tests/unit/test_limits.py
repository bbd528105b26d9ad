"""Token buckets, by a clock that the test moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.edge.limits import RateLimiter
from shared.errors import TooMany


def taken(limiter: RateLimiter, now_s: float, *, key: str = "k", tries: int = 100) -> int:
    """How many of so many requests at one moment are let through."""
    count = 0
    for _ in range(tries):
        try:
            limiter.take(key, now_s=now_s)
        except TooMany:
            continue
        count += 1
    return count


def test_a_quiet_key_may_make_a_burst_at_once_and_no_more() -> None:
    limiter = RateLimiter(rate_per_s=10, burst=5)

    assert taken(limiter, 0) == 5


def test_tokens_come_back_at_the_rate_up_to_the_burst() -> None:
    limiter = RateLimiter(rate_per_s=10, burst=5)
    taken(limiter, 0)

    assert taken(limiter, 0.2) == 2
    assert taken(limiter, 0.25) == 0
    assert taken(limiter, 3600) == 5


def test_keys_do_not_share_a_bucket() -> None:
    limiter = RateLimiter(rate_per_s=1, burst=1)
    taken(limiter, 0, key="anna")

    assert taken(limiter, 0, key="bert") == 1


@given(
    rate_per_s=st.floats(0.01, 1000),
    burst=st.integers(1, 50),
    pauses=st.lists(st.floats(0, 5), min_size=1, max_size=30),
)
def test_in_any_time_no_more_than_burst_and_rate_are_let_through(
    rate_per_s: float, burst: int, pauses: list[float]
) -> None:
    limiter = RateLimiter(rate_per_s=rate_per_s, burst=burst)
    now_s, let_through = 0.0, 0

    for pause in pauses:
        now_s += pause
        let_through += taken(limiter, now_s, tries=20)

    assert let_through <= burst + now_s * rate_per_s + 1e-6


@given(rate_per_s=st.floats(0.01, 1000), burst=st.integers(1, 50))
def test_who_comes_back_when_told_to_is_let_through(rate_per_s: float, burst: int) -> None:
    limiter = RateLimiter(rate_per_s=rate_per_s, burst=burst)
    taken(limiter, 0)

    with pytest.raises(TooMany) as refusal:
        limiter.take("k", now_s=0)

    assert refusal.value.headers == {"Retry-After": str(refusal.value.retry_after_s)}
    limiter.take("k", now_s=refusal.value.retry_after_s + 0.001)


def test_a_refusal_costs_nothing() -> None:
    limiter = RateLimiter(rate_per_s=1, burst=1)
    taken(limiter, 0, tries=50)

    assert taken(limiter, 1) == 1


def test_a_flood_of_keys_does_not_fill_the_memory() -> None:
    limiter = RateLimiter(rate_per_s=1, burst=1)

    for number in range(20_001):
        limiter.take(f"key{number}", now_s=0)

    assert len(limiter._buckets) <= 10_000
