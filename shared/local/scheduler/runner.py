"""Run one job: at its ticks, with retries, and on request, never twice at the same time.

    wait for the next tick ─▶ attempt ─▶ failed: up to 3 more, after 5, 10 and 20 s ─▶ wait for the next tick

One thread keeps the schedule of one job and runs it itself, so a tick that passes during a run is skipped
without anyone deciding it.
"""

import logging
import threading
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from shared.local.faults.deliveries import FaultyDeliveries
from shared.local.identity.tokens import TokenSigner
from shared.local.scheduler.jobs import Job, next_tick
from shared.local.tasks.delivery import Answer, DeadlineExceeded, Request, Unreachable, deliver

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults

_RETRIES = 3
_FIRST_BACKOFF_S = 5.0
_LONGEST_SLEEP_S = 30.0

_log = logging.getLogger(__name__)


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Return the time, in UTC."""

    def sleep(self, duration_s: float) -> None:
        """Return after `duration_s` seconds."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    def sleep(self, duration_s: float) -> None:
        """Return after `duration_s` seconds."""
        time.sleep(duration_s)


class JobRunner:
    """One job and its runs."""

    def __init__(self, job: Job, signer: TokenSigner, clock: Clock, faults: "Faults | None" = None) -> None:
        self.job = job
        self._signer = signer
        self._clock = clock
        self._faults = faults and FaultyDeliveries(faults, answer=Answer, lost=Unreachable)
        self._one_at_a_time = threading.Lock()

    def keep_schedule(self) -> None:
        """Run the job at every tick, for ever."""
        while True:
            tick = next_tick(self.job.schedule, self._clock.now())
            self._sleep_until(tick)
            self.run(tick)

    def run(self, tick: datetime) -> bool:
        """Attempt the job until it succeeds or its retries are used up; tell whether it succeeded."""
        for retry in range(_RETRIES + 1):
            if retry:
                self._clock.sleep(_FIRST_BACKOFF_S * 2 ** (retry - 1))
            if self._try_attempt(tick):
                return True
        return False

    def run_now(self) -> Answer:
        """Attempt the job once, as soon as no other attempt of it is under way, and return its answer.

        Raises:
            DeadlineExceeded: it did not answer within its deadline.
            Unreachable: it did not answer at all.
        """
        return self._attempt(self._clock.now())

    def _try_attempt(self, tick: datetime) -> bool:
        try:
            status = self._attempt(tick).status
        except (DeadlineExceeded, Unreachable) as error:
            _log.warning("%s: %s", self.job.name, error)
            return False
        if not 200 <= status < 300:
            _log.warning("%s: HTTP status code %d", self.job.name, status)
            return False
        return True

    def _attempt(self, tick: datetime) -> Answer:
        """Make the one HTTP call of an attempt: every delivery of this server passes here."""
        headers = {
            "User-Agent": "Google-Cloud-Scheduler",
            "X-CloudScheduler": "true",
            "X-CloudScheduler-JobName": self.job.name,
            "X-CloudScheduler-ScheduleTime": tick.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Authorization": f"Bearer {self._signer.token(self.job.account, self.job.audience)}",
        }
        send = partial(deliver, Request("POST", self.job.url, headers), deadline_s=self.job.timeout_s)
        with self._one_at_a_time:
            return self._faults.make(send, self.job.url) if self._faults else send()

    def _sleep_until(self, moment: datetime) -> None:
        # In short stretches, because the machine may sleep and its clock may be set.
        while (left_s := (moment - self._clock.now()).total_seconds()) > 0:
            self._clock.sleep(min(left_s, _LONGEST_SLEEP_S))
