"""Deliver what is due, as fast as each queue allows.

One thread looks at the queues whenever something changed (a task came, an attempt ended) or the next moment
known in advance has come: the next due time, the next token. It starts one thread per attempt. An attempt is
written down before it is sent and settled after it is answered; in between, only this process knows that it
is under way.
"""

import logging
import math
import threading
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from google.cloud.tasks_v2 import Queue

from shared.local.faults.deliveries import FaultyDeliveries
from shared.local.identity.tokens import TokenSigner
from shared.local.tasks.attempts import Outcome, StoredTask, begin, request_of, settle
from shared.local.tasks.counters import Counters
from shared.local.tasks.delivery import Answer, DeadlineExceeded, Unreachable, deliver
from shared.local.tasks.messages import RUNNING, seconds_of
from shared.local.tasks.queues import TokenBucket
from shared.local.tasks.store import Store

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults

MAX_IN_FLIGHT = 64
_LONGEST_WAIT_S = 30.0  # the machine may sleep and its clock may be set: what is due is looked at anyway

_log = logging.getLogger(__name__)


class Dispatcher:
    """The delivering side of one store."""

    def __init__(self, store: Store, signer: TokenSigner, counters: Counters, faults: "Faults | None" = None) -> None:
        self._store = store
        self._signer = signer
        self._counters = counters
        self._faults = faults and FaultyDeliveries(faults, answer=Answer, lost=Unreachable)
        self._changed = threading.Event()
        self._stopping = False
        # Guards the three below, and the reading and writing of a task's state around an attempt.
        self._lock = threading.Lock()
        self._attempts_of_task: Counter[int] = Counter()
        self._attempts_of_queue: Counter[str] = Counter()
        self._buckets: dict[str, TokenBucket] = {}

    def start(self) -> None:
        """Begin to deliver, in threads of its own."""
        threading.Thread(target=self._keep_dispatching, name="dispatcher", daemon=True).start()

    def stop(self) -> None:
        """Start no more attempts; those under way are not waited for: a restart makes them again."""
        with self._lock:
            self._stopping = True

    def wake(self) -> None:
        """Say that a queue or a task changed."""
        self._changed.set()

    def run_now(self, name: str) -> StoredTask | None:
        """Attempt a task at once, whatever its queue allows; return it as it is sent, if there is one."""
        stored = self._store.task(name)
        with self._lock:
            return self._start(stored.seq) if stored else None

    def in_flight(self) -> int:
        """Return how many attempts are under way."""
        with self._lock:
            return self._attempts_of_task.total()

    def _keep_dispatching(self) -> None:
        while not self._stopping:
            # Cleared before looking: what changes while we look is looked at again.
            self._changed.clear()
            wait_s = min((self._start_due(queue) for queue in self._store.queues()), default=math.inf)
            self._changed.wait(min(wait_s, _LONGEST_WAIT_S))

    def _start_due(self, queue: Queue) -> float:
        """Start what the queue may start; return the seconds until it may start more, if time decides."""
        if queue.state != RUNNING:
            return math.inf
        now_s = time.time()
        with self._lock:
            # Tasks under way are due as well; reading that many more leaves enough others.
            limit = MAX_IN_FLIGHT + self._attempts_of_queue[queue.name]
            for seq in self._store.due(queue.name, now_s, limit):
                if self._attempts_of_task[seq]:
                    continue
                wait_s = self._admit(queue)
                if wait_s > 0:
                    return wait_s
                self._start(seq)
        next_due_s = self._store.next_due_s(queue.name, now_s)
        return math.inf if next_due_s is None else max(0.0, next_due_s - time.time())

    def _admit(self, queue: Queue) -> float:
        """Take a token for one attempt and return 0, or the seconds to wait (infinite: until one ends)."""
        limits = queue.rate_limits
        if self._attempts_of_queue[queue.name] >= limits.max_concurrent_dispatches:
            return math.inf
        if self._attempts_of_task.total() >= MAX_IN_FLIGHT or self._stopping:
            return math.inf
        bucket = self._bucket(queue.name, limits.max_burst_size).refilled(limits, time.monotonic())
        wait_s = bucket.wait_s(limits)
        self._buckets[queue.name] = bucket if wait_s > 0 else bucket.taken()
        return wait_s

    def _bucket(self, queue_name: str, burst: float) -> TokenBucket:
        return self._buckets.get(queue_name) or TokenBucket(burst, time.monotonic())

    def _start(self, seq: int) -> StoredTask | None:
        stored = self._store.task_at(seq)
        if stored is None:
            return None
        begun = begin(stored, time.time())
        self._store.save_task(begun)
        self._attempts_of_task[seq] += 1
        self._attempts_of_queue[begun.queue_name] += 1
        self._counters.count("dispatched")
        threading.Thread(target=self._attempt, args=(begun,), name="attempt", daemon=True).start()
        return begun

    def _attempt(self, begun: StoredTask) -> None:
        outcome = self._send(begun)
        with self._lock:
            self._attempts_of_task[begun.seq] -= 1
            self._attempts_of_queue[begun.queue_name] -= 1
            self._attempts_of_task += Counter()  # drops what reached 0
            self._settle(begun, outcome)
            self._pace(begun.queue_name, outcome)
        self.wake()

    def _send(self, begun: StoredTask) -> Outcome:
        """Make the one HTTP call of an attempt: every delivery of this server passes here."""
        deadline_s = seconds_of(begun.task.dispatch_deadline)
        send = partial(deliver, request_of(begun, self._signer), deadline_s=deadline_s)
        if self._faults:
            queue, _, task = str(begun.task.name).rpartition("/queues/")[2].partition("/tasks/")
            send = partial(self._faults.make, send, str(begun.task.http_request.url), queue=queue, task=task)
        try:
            answer = send()
        except DeadlineExceeded as error:
            return Outcome(504, answered=False, message=str(error))
        except Unreachable as error:
            return Outcome(503, answered=False, message=str(error))
        return Outcome(answer.status)

    def _settle(self, begun: StoredTask, outcome: Outcome) -> None:
        self._counters.count("succeeded" if outcome.succeeded else "failed")
        queue, stored = self._store.queue(begun.queue_name), self._store.task_at(begun.seq)
        if queue is None or stored is None:
            return  # deleted or purged while the attempt was under way
        waiting = settle(stored, outcome, queue.retry_config, time.time())
        if waiting is not None:
            self._store.save_task(waiting)
            _log.warning("%s: attempt %d: %s", stored.task.name, stored.task.dispatch_count, outcome.reason)
            return
        self._store.remove_task(stored, time.time())
        if not outcome.succeeded:
            self._counters.count("given_up")
            _log.error("%s: given up after %d attempts", stored.task.name, stored.task.dispatch_count)

    def _pace(self, queue_name: str, outcome: Outcome) -> None:
        bucket = self._buckets.get(queue_name)
        if bucket is None:
            return
        if outcome.overloaded:
            self._counters.count("throttled")
            self._buckets[queue_name] = bucket.slowed()
        elif outcome.succeeded:
            self._buckets[queue_name] = bucket.recovered()
