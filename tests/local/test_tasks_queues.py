"""The arithmetic of queues: back-off, giving up, token bucket, defaults and limits."""

import grpc
import pytest
from google.cloud.tasks_v2 import Queue, RateLimits, RetryConfig
from hypothesis import given
from hypothesis import strategies as st

from shared.local.tasks.errors import Refused
from shared.local.tasks.messages import duration, seconds_of
from shared.local.tasks.queues import TokenBucket, backoff_s, complete_queue, is_spent
from tests.local.tasks_part import LOCATION, seconds

NAME = f"{LOCATION}/queues/q"


def test_the_backoff_doubles_then_grows_linearly_then_stays_at_its_maximum() -> None:
    retry = RetryConfig(min_backoff=seconds(10), max_backoff=seconds(300), max_doublings=3)

    waits_s = [backoff_s(retry, failures) for failures in range(1, 10)]

    assert waits_s == [10, 20, 40, 80, 160, 240, 300, 300, 300]


def test_the_backoff_of_a_task_that_fails_for_ever_stays_finite() -> None:
    retry = RetryConfig(min_backoff=seconds(1), max_backoff=seconds(10), max_doublings=1_000_000)

    assert backoff_s(retry, 100_000) == 10


@pytest.mark.parametrize(
    ("max_attempts", "max_age_s", "attempts", "age_s", "spent"),
    [
        (3, None, 2, 0, False),
        (3, None, 3, 0, True),
        (3, 60, 3, 59, False),
        (3, 60, 3, 60, True),
        (3, 60, 2, 3600, False),
        (-1, None, 1_000_000, 1e9, False),
    ],
)
def test_a_task_is_given_up_when_every_limit_that_is_set_is_reached(
    max_attempts: int, max_age_s: float | None, attempts: int, age_s: float, spent: bool
) -> None:
    retry = RetryConfig(max_attempts=max_attempts)
    if max_age_s is not None:
        retry.max_retry_duration = duration(max_age_s)

    assert is_spent(retry, attempts, age_s) is spent


@given(
    rate_per_s=st.floats(0.5, 500),
    burst=st.integers(1, 100),
    steps=st.lists(st.tuples(st.floats(0, 5), st.sampled_from(["take", "slow", "recover"])), max_size=60),
)
def test_no_window_sees_more_dispatches_than_the_burst_and_the_rate_allow(
    rate_per_s: float, burst: int, steps: list[tuple[float, str]]
) -> None:
    limits = RateLimits(max_dispatches_per_second=rate_per_s, max_burst_size=burst)
    bucket, now_s, dispatches = TokenBucket(burst, 0.0), 0.0, 0

    for pause_s, event in steps:
        now_s += pause_s
        bucket = bucket.refilled(limits, now_s)
        if event == "slow":
            bucket = bucket.slowed()
        elif event == "recover":
            bucket = bucket.recovered()
        elif bucket.wait_s(limits) == 0:
            bucket, dispatches = bucket.taken(), dispatches + 1

        assert dispatches <= burst + now_s * rate_per_s + 1e-6


def test_after_the_announced_wait_there_is_a_token() -> None:
    limits = RateLimits(max_dispatches_per_second=8, max_burst_size=1)
    empty = TokenBucket(1, 0.0).taken()

    wait_s = empty.wait_s(limits)

    assert wait_s == pytest.approx(0.125)
    assert empty.refilled(limits, wait_s).wait_s(limits) == 0


def test_overload_halves_the_pace_down_to_a_floor_and_success_doubles_it_up_to_the_rate() -> None:
    limits = RateLimits(max_dispatches_per_second=8, max_burst_size=8)
    bucket = TokenBucket(8, 0.0)

    slowed = bucket.slowed().slowed()
    slowest = bucket
    for _ in range(50):
        slowest = slowest.slowed()

    assert slowed.taken().wait_s(limits) == pytest.approx(4 * 0.125)
    assert slowest.pace == 1 / 32
    assert slowed.recovered().recovered().recovered().pace == 1


def test_a_queue_without_settings_has_the_documented_defaults() -> None:
    queue = complete_queue(Queue(name=NAME))

    limits, retry = queue.rate_limits, queue.retry_config
    assert (limits.max_dispatches_per_second, limits.max_concurrent_dispatches) == (500, 1000)
    assert limits.max_burst_size == 100
    assert (retry.max_attempts, retry.max_doublings) == (100, 16)
    assert (seconds_of(retry.min_backoff), seconds_of(retry.max_backoff)) == (0.1, 3600)


@pytest.mark.parametrize(
    "queue",
    [
        Queue(name="queues/q"),
        Queue(name=f"{LOCATION}/queues/under_score"),
        Queue(name=NAME, rate_limits=RateLimits(max_dispatches_per_second=501)),
        Queue(name=NAME, rate_limits=RateLimits(max_dispatches_per_second=-1)),
        Queue(name=NAME, rate_limits=RateLimits(max_concurrent_dispatches=5001)),
        Queue(name=NAME, rate_limits=RateLimits(max_concurrent_dispatches=-1)),
        Queue(name=NAME, retry_config=RetryConfig(max_attempts=-2)),
        Queue(name=NAME, retry_config=RetryConfig(max_doublings=-1)),
        Queue(name=NAME, retry_config=RetryConfig(min_backoff=seconds(-1))),
        Queue(name=NAME, retry_config=RetryConfig(min_backoff=seconds(9), max_backoff=seconds(8))),
    ],
)
def test_settings_that_the_service_refuses_are_refused(queue: Queue) -> None:
    with pytest.raises(Refused) as refused:
        complete_queue(queue)

    assert refused.value.status is grpc.StatusCode.INVALID_ARGUMENT
