"""Token buckets, by a clock that the test moves; and room for those who wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.edge.limits import RateLimiter, WaitingRoom
from shared.errors import Busy, TooMany


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


class TestWaiting:
    def test_as_many_may_wait_as_there_are_places_and_no_more(self) -> None:
        room = WaitingRoom(2)

        with room.place(), room.place(), pytest.raises(Busy) as refusal, room.place():
            pytest.fail("there is no third place")

        assert (refusal.value.status, refusal.value.headers) == (503, {"Retry-After": "10"})

    def test_a_place_is_free_again_when_its_owner_has_left(self) -> None:
        room = WaitingRoom(1)

        for _ in range(3):
            with room.place():
                pass

        assert places(room) == 1

    def test_a_place_is_free_again_when_its_owner_has_failed(self) -> None:
        room = WaitingRoom(1)

        with pytest.raises(ZeroDivisionError), room.place():
            _ = 1 // 0

        assert places(room) == 1

    def test_who_is_refused_takes_no_place_from_others(self) -> None:
        room = WaitingRoom(1)
        with room.place():
            for _ in range(3):
                with pytest.raises(Busy), room.place():
                    pass

        assert places(room) == 1

    def test_of_many_at_once_exactly_as_many_are_let_in(self) -> None:
        room, everybody = WaitingRoom(5), Barrier(16, timeout=60)

        def enter(_: int) -> bool:
            with ExitStack() as stack:
                everybody.wait()
                try:
                    stack.enter_context(room.place())
                    is_in = True
                except Busy:
                    is_in = False
                everybody.wait()
            return is_in

        with ThreadPoolExecutor(16) as pool:
            for _ in range(20):
                assert sum(pool.map(enter, range(16))) == 5

        assert places(room) == 5


def places(room: WaitingRoom) -> int:
    """How many places are free."""
    with ExitStack() as stack:
        for count in range(100):
            try:
                stack.enter_context(room.place())
            except Busy:
                return count
    return 100
