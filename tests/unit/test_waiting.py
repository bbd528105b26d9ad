"""Waiting for a run, by a clock that moves only while somebody sleeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.errors import NotFound
from shared.recordings.runs import Run, RunState, cancel
from shared.recordings.waiting import PATIENCE, wait_for_run
from shared.structs import replace
from tests.unit.fakes import START, FakeRecordings
from tests.unit.session_examples import RUN_ID, run_of

LIVE = run_of({})


class Waiting:
    """A store, a clock, and what happens at given seconds."""

    def __init__(self, run: Run | None = LIVE) -> None:
        self.recordings = FakeRecordings()
        if run is not None:
            self.recordings.put(run)
        self.now_s = 1000.0
        self.pauses_s: list[float] = []
        self._happenings: list[tuple[float, Callable[[], object]]] = []

    def at(self, second: float, happening: Callable[[], object]) -> None:
        self._happenings.append((1000 + second, happening))

    def wait(self, patience: timedelta = PATIENCE) -> Run:
        return wait_for_run(
            RUN_ID, recordings=self.recordings, patience=patience, now_s=lambda: self.now_s, sleep=self._sleep
        )

    @property
    def waited_s(self) -> float:
        return self.now_s - 1000

    def _sleep(self, pause_s: float) -> None:
        self.pauses_s.append(pause_s)
        self.now_s += pause_s
        for due_s, happening in self._happenings:
            if due_s <= self.now_s:
                happening()


@pytest.mark.parametrize("state", [RunState.DONE, RunState.PARTIAL, RunState.FAILED])
def test_a_run_that_has_ended_is_given_at_once(state: RunState) -> None:
    waiting = Waiting(replace(LIVE, state=state))

    assert waiting.wait().state is state
    assert (waiting.pauses_s, waiting.recordings.reads) == ([], 1)


def test_a_run_is_given_soon_after_it_ends() -> None:
    waiting = Waiting()
    waiting.at(30, lambda: waiting.recordings.put(replace(LIVE, state=RunState.DONE)))

    assert waiting.wait().state is RunState.DONE
    assert 30 <= waiting.waited_s <= 32


def test_pauses_grow_from_half_a_second_to_two() -> None:
    waiting = Waiting()

    waiting.wait(timedelta(seconds=60))

    assert waiting.pauses_s[0] == 0.5
    assert waiting.pauses_s == sorted(waiting.pauses_s)
    assert waiting.pauses_s[-1] == 2
    assert waiting.recordings.reads == len(waiting.pauses_s) + 1 < 40


@pytest.mark.parametrize("patience_s", [0, 0.4, 1, 10, 240])
def test_when_the_patience_is_over_the_run_is_given_as_it_is_and_not_later(patience_s: float) -> None:
    waiting = Waiting()

    assert waiting.wait(timedelta(seconds=patience_s)) == LIVE
    assert patience_s - 2 <= waiting.waited_s <= patience_s


def test_the_patience_is_240_seconds() -> None:
    waiting = Waiting()

    waiting.wait()

    assert 238 <= waiting.waited_s <= 240


@pytest.mark.parametrize("run", [None, cancel(LIVE, now=START)], ids=["forgotten", "cancelled"])
def test_a_run_whose_recording_was_deleted_is_not_found(run: Run | None) -> None:
    with pytest.raises(NotFound):
        Waiting(run).wait()


def test_a_recording_that_is_deleted_meanwhile_ends_the_waiting() -> None:
    waiting = Waiting()
    waiting.at(3, lambda: waiting.recordings.put(cancel(LIVE, now=START)))

    with pytest.raises(NotFound):
        waiting.wait()

    assert waiting.waited_s <= 5
