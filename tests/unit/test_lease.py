"""What a step's handler is told of its lease: kept while the work is ours, and called off when it is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Event

import pytest

from shared.edge.lease import Attempt, LeaseKeeper
from shared.errors import Upstream
from shared.ports import Recordings
from shared.recordings.outcomes import LeaseLost, Transient
from shared.recordings.work import Work
from tests.unit.examples import World
from tests.unit.fakes import FakeClock
from tests.unit.workers import Workers

SHORT = timedelta(milliseconds=15)
PATIENCE_S = 10


class WatchedClock(FakeClock):
    """Says when it has been looked at so many times: once for every renewal."""

    def __init__(self, now: datetime, *, looks: int) -> None:
        super().__init__(now)
        self.looked = Event()
        self._left = looks

    def now(self) -> datetime:
        self._left -= 1
        if self._left <= 0:
            self.looked.set()
        return super().now()


@pytest.fixture
def workers() -> Workers:
    workers = Workers(World())
    workers.start("capture_events_only")
    return workers


@pytest.fixture
def work(workers: Workers) -> Work:
    return workers.take("summarize_events")


def keeper(
    work: Work, recordings: Recordings, clock: FakeClock, *, lease: timedelta = SHORT, deadline_s: float = 60
) -> LeaseKeeper:
    return LeaseKeeper(work, recordings=recordings, clock=clock, lease=lease, deadline_s=deadline_s)


def wait_until_lost(attempt: Attempt) -> None:
    assert attempt._lost.wait(PATIENCE_S)


def test_a_lease_is_renewed_while_the_work_goes_on(workers: Workers, work: Work) -> None:
    clock = WatchedClock(workers.clock.now() + timedelta(seconds=40), looks=3)

    with keeper(work, workers.recordings, clock) as attempt:
        assert clock.looked.wait(PATIENCE_S)
        attempt.check()

    assert workers.run.steps["summarize_events"].lease_until == clock.now() + SHORT
    assert workers.finish(work)


def test_work_that_somebody_else_has_taken_over_is_called_off(workers: Workers, work: Work) -> None:
    workers.expire_lease("summarize_events")
    workers.take("summarize_events")

    with keeper(work, workers.recordings, workers.clock) as attempt:
        wait_until_lost(attempt)

        with pytest.raises(LeaseLost):
            attempt.check()


class StoreThatIsDown:
    """A store that answers nothing."""

    def transact(self, work: object) -> None:
        raise Upstream("the database is down")


def test_a_store_that_is_down_for_a_moment_does_not_call_the_work_off(workers: Workers, work: Work) -> None:
    clock = WatchedClock(workers.clock.now(), looks=3)
    down: Recordings = StoreThatIsDown()  # type: ignore[assignment]  # nothing else is asked of it

    with keeper(work, down, clock) as attempt:
        assert clock.looked.wait(PATIENCE_S)

        attempt.check()


def test_work_that_hangs_is_left_to_whoever_takes_it_over(workers: Workers, work: Work) -> None:
    with keeper(work, workers.recordings, workers.clock, deadline_s=0) as attempt:
        wait_until_lost(attempt)


def test_work_past_its_deadline_is_to_be_tried_again(work: Work) -> None:
    with pytest.raises(Transient, match="deadline"):
        Attempt(work, deadline_s=-1).check()


def test_an_attempt_shows_what_the_work_is(work: Work) -> None:
    attempt = Attempt(work, deadline_s=60)

    assert (attempt.recording, attempt.source, attempt.shard) == (work.recording, None, None)
    assert attempt.output("a.json") == work.output("a.json")
    assert attempt.record_of("summarize_events") == work.run.steps["summarize_events"]
    assert attempt.result_of("unknown") == {}
