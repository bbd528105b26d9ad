"""What a step's handler is told of its lease: kept while the work is ours, and called off when it is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Condition, Event
from typing import TypeVar

import pytest

from shared.edge import lease as lease_module
from shared.edge.lease import Attempt, LeaseKeeper
from shared.errors import Upstream
from shared.ports import Recordings, Transaction
from shared.recordings.outcomes import LeaseLost, Transient
from shared.recordings.work import Work
from tests.unit.examples import World
from tests.unit.fakes import FakeClock, FakeRecordings
from tests.unit.workers import Workers

Result = TypeVar("Result")

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


class WatchedRecordings(FakeRecordings):
    """Remembers when what was reported became visible, and lets a test wait for it."""

    def __init__(self, recordings: FakeRecordings) -> None:
        super().__init__()
        self.documents = recordings.documents
        self.shown: list[tuple[float, str | None]] = []
        self._changed = Condition()

    def transact(self, work: Callable[[Transaction], Result]) -> Result:
        result = super().transact(work)
        with self._changed:
            run = self.find_run("run1")
            self.shown.append((time.monotonic(), run.steps["summarize_events"].detail if run else None))
            self._changed.notify_all()
        return result

    def changes_within(self, seconds: float) -> bool:
        """Whether anything is written in the next moment."""
        with self._changed:
            count = len(self.shown)
            return self._changed.wait_for(lambda: len(self.shown) > count, seconds)

    def wait_until(self, detail: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: detail in [shown for _, shown in self.shown], PATIENCE_S)


class TestNews:
    LONG = timedelta(hours=1)  # so that nothing but news is written

    def test_what_is_reported_is_shown_soon_and_keeps_the_lease(self, workers: Workers, work: Work) -> None:
        watched = WatchedRecordings(workers.recordings)

        with keeper(work, watched, workers.clock, lease=self.LONG) as attempt:
            attempt.report("1/4 frames")
            watched.wait_until("1/4 frames")

        assert workers.run.steps["summarize_events"].lease_until == workers.clock.now() + self.LONG

    def test_however_much_is_reported_only_the_latest_is_written_and_not_often(
        self, workers: Workers, work: Work, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lease_module, "_BETWEEN_RENEWALS_S", 0.2)
        watched = WatchedRecordings(workers.recordings)
        began_s = time.monotonic()

        with keeper(work, watched, workers.clock, lease=self.LONG) as attempt:
            for burst in range(3):
                for number in range(500):
                    attempt.report(f"{burst}: {number}")
                attempt.report(f"burst {burst}")
                watched.wait_until(f"burst {burst}")

        moments = [began_s, *(moment for moment, _ in watched.shown)]
        assert all(later - earlier >= 0.19 for earlier, later in pairwise(moments))
        assert len(watched.shown) < 100

    def test_the_runs_document_is_written_about_once_a_second_at_most(self) -> None:
        assert 0.5 <= lease_module._BETWEEN_RENEWALS_S <= 1

    def test_without_news_nothing_is_written_not_even_at_the_end(
        self, workers: Workers, work: Work, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lease_module, "_BETWEEN_RENEWALS_S", 0.01)
        watched = WatchedRecordings(workers.recordings)

        with keeper(work, watched, workers.clock, lease=self.LONG) as attempt:
            attempt.report("once")
            watched.wait_until("once")
            assert not watched.changes_within(0.3)

        assert [detail for _, detail in watched.shown] == ["once"]

    def test_nothing_is_written_once_the_work_is_over(self, workers: Workers, work: Work) -> None:
        watched = WatchedRecordings(workers.recordings)

        kept = keeper(work, watched, workers.clock, lease=self.LONG)
        with kept as attempt:
            pass
        attempt.report("too late")

        assert not kept._thread.is_alive()
        assert watched.shown == []

    def test_a_failure_of_the_work_ends_the_keeping_too(self, workers: Workers, work: Work) -> None:
        kept = keeper(work, workers.recordings, workers.clock, lease=self.LONG)

        with pytest.raises(ZeroDivisionError), kept:
            _ = 1 // 0

        assert not kept._thread.is_alive()

    def test_who_has_lost_the_work_is_told_when_it_reports(self, work: Work) -> None:
        attempt = Attempt(work, deadline_s=60)
        attempt.lose()

        with pytest.raises(LeaseLost):
            attempt.report("1/4 frames")

        assert attempt.detail is None
