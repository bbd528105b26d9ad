"""When jobs run: their ticks, their retries, and never two runs of one job at once. The clock is the test's."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from shared.local.identity.tokens import TokenSigner
from shared.local.scheduler.jobs import Job, next_tick
from shared.local.scheduler.runner import JobRunner
from tests.local.receiver import Hit, Receiver, Reply, running_receiver

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ACCOUNT = "scheduler@local.iam.gserviceaccount.com"


class EndOfTest(Exception):
    """The test's time is over."""


class TestClock:
    """Time that passes only in `sleep` and `pass_by`, and ends."""

    __test__ = False

    def __init__(self, end: datetime) -> None:
        self._now = NOON
        self._end = end
        self.sleeps_s: list[float] = []

    def now(self) -> datetime:
        return self._now

    def sleep(self, duration_s: float) -> None:
        self.sleeps_s.append(duration_s)
        self.pass_by(duration_s)
        if self._now > self._end:
            raise EndOfTest

    def pass_by(self, duration_s: float) -> None:
        self._now += timedelta(seconds=duration_s)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> TokenSigner:
    return TokenSigner("http://127.0.0.1:1", tmp_path_factory.mktemp("scheduler") / "key.pem")


@pytest.fixture
def run(receiver: Receiver, signer: TokenSigner) -> Callable[[str, str, TestClock], list[Hit]]:
    """Keep the schedule of a job until its clock ends; return the requests that were made."""

    def keep_schedule(path: str, schedule: str, clock: TestClock) -> list[Hit]:
        job = Job(path.strip("/"), schedule, receiver.url(path), ACCOUNT, "http://audience", timeout_s=5)
        with pytest.raises(EndOfTest):
            JobRunner(job, signer, clock).keep_schedule()
        return receiver.hits(path)

    return keep_schedule


def scheduled(hits: list[Hit]) -> list[str]:
    return [hit.headers["X-CloudScheduler-ScheduleTime"][11:] for hit in hits]


@pytest.mark.parametrize(
    ("schedule", "after", "tick"),
    [
        ("*/5 * * * *", NOON, datetime(2026, 3, 1, 12, 5, tzinfo=UTC)),
        ("*/5 * * * *", NOON - timedelta(microseconds=1), NOON),
        ("0 3 * * *", NOON, datetime(2026, 3, 2, 3, 0, tzinfo=UTC)),
        ("30 6 * * 1", NOON, datetime(2026, 3, 2, 6, 30, tzinfo=UTC)),
    ],
)
def test_the_next_tick_is_the_first_one_later(schedule: str, after: datetime, tick: datetime) -> None:
    assert next_tick(schedule, after) == tick


def test_a_job_is_posted_at_each_tick_with_the_headers_of_cloud_scheduler(
    run: Callable[..., list[Hit]], signer: TokenSigner
) -> None:
    hits = run("/each", "*/10 * * * *", TestClock(NOON + timedelta(minutes=35)))

    assert scheduled(hits) == ["12:10:00Z", "12:20:00Z", "12:30:00Z"]
    assert {hit.method for hit in hits} == {"POST"}
    assert {hit.headers["User-Agent"] for hit in hits} == {"Google-Cloud-Scheduler"}
    assert {hit.headers["X-CloudScheduler"] for hit in hits} == {"true"}
    assert {hit.headers["X-CloudScheduler-JobName"] for hit in hits} == {"each"}
    (key,) = jwt.PyJWKSet.from_dict(signer.jwks()).keys
    token = hits[0].headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="http://audience", issuer=signer.issuer)
    assert claims["email"] == ACCOUNT


def test_a_tick_that_passes_while_a_run_is_going_on_is_skipped(
    receiver: Receiver, run: Callable[..., list[Hit]]
) -> None:
    clock = TestClock(NOON + timedelta(minutes=6))
    receiver.answer("/long", Reply(200, hold=lambda: clock.pass_by(150)))

    hits = run("/long", "* * * * *", clock)

    assert scheduled(hits) == ["12:01:00Z", "12:04:00Z"]


def test_a_failed_run_is_repeated_three_times_after_5_10_and_20_seconds(
    receiver: Receiver, run: Callable[..., list[Hit]]
) -> None:
    clock = TestClock(NOON + timedelta(minutes=2))
    receiver.answer("/failing", Reply(500))

    hits = run("/failing", "1 * * * *", clock)

    assert scheduled(hits) == ["12:01:00Z"] * 4
    assert clock.sleeps_s[2:5] == [5, 10, 20]


def test_a_run_that_succeeds_in_the_end_is_not_repeated(receiver: Receiver, run: Callable[..., list[Hit]]) -> None:
    receiver.answer("/recovers", Reply(503), Reply(204))

    hits = run("/recovers", "1 * * * *", TestClock(NOON + timedelta(minutes=2)))

    assert len(hits) == 2


def test_retries_that_last_longer_than_a_tick_skip_it(receiver: Receiver, run: Callable[..., list[Hit]]) -> None:
    clock = TestClock(NOON + timedelta(minutes=5))
    receiver.answer("/slow", *[Reply(500, hold=lambda: clock.pass_by(20))] * 4, Reply(200))

    hits = run("/slow", "* * * * *", clock)

    assert scheduled(hits) == ["12:01:00Z"] * 4 + ["12:03:00Z", "12:04:00Z", "12:05:00Z"]


def test_a_job_that_nobody_answers_is_a_failed_run(signer: TokenSigner, tmp_path: Path) -> None:
    clock = TestClock(NOON + timedelta(hours=1))
    job = Job("nobody", "* * * * *", "http://127.0.0.1:1/", ACCOUNT, "a", timeout_s=5)

    assert JobRunner(job, signer, clock).run(NOON) is False
    assert clock.sleeps_s == [5, 10, 20]
