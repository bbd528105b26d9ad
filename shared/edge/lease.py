"""Keeping a lease while a step works, and telling the step when it has lost it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextvars import copy_context
from datetime import timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Any

from shared.errors import PlayheadError
from shared.ports import Clock, Recordings
from shared.recordings.objects import OutputName
from shared.recordings.outcomes import LeaseLost, Transient
from shared.recordings.recording import Recording, StoredObject
from shared.recordings.runs import StepRecord
from shared.recordings.work import Work, renew_lease

#: However much there is to report, the run's document is written at most this often.
_BETWEEN_RENEWALS_S = 0.7

log = logging.getLogger("playhead.steps")


class Attempt:
    """What a step's handler is given: its recording, what earlier steps returned, and where to write."""

    def __init__(self, work: Work, *, deadline_s: float) -> None:
        self._work = work
        self._ends_at = time.monotonic() + deadline_s
        self._lost = Event()
        self.detail: str | None = None
        self.has_news = Event()

    @property
    def recording(self) -> Recording:
        return self._work.recording

    @property
    def run_id(self) -> str:
        return self._work.run.id

    @property
    def source(self) -> StoredObject | None:
        """The upload's generation that the run has pinned."""
        return self._work.run.source

    @property
    def shard(self) -> Mapping[str, Any] | None:
        """The input of this shard, where the step was fanned out."""
        return self._work.shard_input

    @property
    def is_last_attempt(self) -> bool:
        """Whether nobody will try again after this."""
        return self._work.is_last_attempt

    def result_of(self, step: str) -> Mapping[str, Any]:
        """What an earlier step of the run returned; empty if it did not end well."""
        return self._work.result_of(step)

    def record_of(self, step: str) -> StepRecord | None:
        """How an earlier step of the run ended."""
        return self._work.record_of(step)

    def output(self, file: str) -> OutputName:
        """The name of an object that this attempt, and no other, writes."""
        return self._work.output(file)

    def check(self) -> None:
        """To be called between pieces of work, at least every few seconds.

        Raises:
            LeaseLost: the work is somebody else's now, or nobody's.
            Transient: the step has been at it for too long.
        """
        if self._lost.is_set():
            raise LeaseLost
        if time.monotonic() > self._ends_at:
            raise Transient("the step ran into its deadline")

    def report(self, detail: str) -> None:
        """Tell readers how far the step is, such as `3/4 frames`; shown within a second or so, at best effort.

        Raises:
            LeaseLost, Transient: as `check` does.
        """
        self.check()
        self.detail = detail
        self.has_news.set()

    def lose(self) -> None:
        """Make the next `check` fail."""
        self._lost.set()


class LeaseKeeper:
    """Renews the lease three times as often as it runs out, and when there is news, from a thread of its own."""

    def __init__(
        self, work: Work, *, recordings: Recordings, clock: Clock, lease: timedelta, deadline_s: float
    ) -> None:
        self._work = work
        self._recordings = recordings
        self._clock = clock
        self._lease = lease
        self._attempt = Attempt(work, deadline_s=deadline_s)
        self._deadline_s = deadline_s
        self._stopped = Event()
        context = copy_context()
        self._thread = Thread(target=context.run, args=(self._renew,), name="lease", daemon=True)

    def __enter__(self) -> Attempt:
        self._thread.start()
        return self._attempt

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._attempt.has_news.set()
        self._thread.join()

    def _renew(self) -> None:
        """Past its deadline a step that hangs is left to whoever takes it over."""
        ends_at = time.monotonic() + self._deadline_s
        news = self._attempt.has_news
        while not self._stopped.wait(_BETWEEN_RENEWALS_S):
            news.wait(self._lease.total_seconds() / 3)
            news.clear()
            if self._stopped.is_set():
                return
            if time.monotonic() > ends_at or not self._is_ours():
                self._attempt.lose()
                return

    def _is_ours(self) -> bool:
        try:
            return renew_lease(
                self._work,
                recordings=self._recordings,
                now=self._clock.now(),
                lease=self._lease,
                detail=self._attempt.detail,
            )
        except PlayheadError:
            log.warning("the lease could not be renewed now; trying again", exc_info=True)
            return True
