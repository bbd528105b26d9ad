"""The browser of one call: started when a page needs it, and started again after a page has cost it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from shared.adapters.browser.failures import TIMED_OUT, reason_of_memory, reason_of_size
from shared.adapters.browser.jobs import Answer, Job, Start
from shared.adapters.browser.visits import Visit
from shared.adapters.browser.worker_process import Abandoned, WorkerEnded, WorkerProcess
from shared.ports.pages import BrowserUnavailable

#: What a worker may take beyond a page's time to say that it is up.
GRACE_S = 1.0
START_TIMEOUT_S = 40.0


class BrowserSession:
    """At most one worker at a time, and none once the context is left."""

    def __init__(self, start: Start, max_memory_bytes: int) -> None:
        self._start = start
        self._max_memory_bytes = max_memory_bytes
        self._worker: WorkerProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._kill()

    def visit(self, url: str, visit: Visit, timeout_s: float) -> Answer:
        """Load a page; whatever it does, there is an answer in the time given and a little grace.

        Raises:
            BrowserUnavailable: there is no browser to load it.
        """
        worker = self._worker or self._start_worker()
        job = Job(url=url, username=visit.username, password=visit.password, timeout_s=timeout_s)
        try:
            return worker.visit(job, timeout_s=timeout_s + GRACE_S, watch=lambda: self._verdict(worker, visit))
        except TimeoutError:
            reason = TIMED_OUT
        except Abandoned as error:
            reason = str(error)
        except WorkerEnded:
            reason = "the browser ended"
        self._kill()
        return Answer(document_url=url, error=reason)

    def _verdict(self, worker: WorkerProcess, visit: Visit) -> str | None:
        """Why a page need not be waited for."""
        if visit.is_over_budget:
            return reason_of_size(visit.max_bytes)
        if worker.private_bytes() > self._max_memory_bytes:
            return reason_of_memory(self._max_memory_bytes)
        return None

    def _start_worker(self) -> WorkerProcess:
        worker = self._worker = WorkerProcess()
        try:
            started = worker.start(self._start, timeout_s=START_TIMEOUT_S)
        except (WorkerEnded, TimeoutError) as error:
            raise BrowserUnavailable("The browser does not start.") from error
        if started.error:
            raise BrowserUnavailable(f"The browser does not start: {started.error}")
        return worker

    def _kill(self) -> None:
        if self._worker:
            self._worker.kill()
            self._worker = None
