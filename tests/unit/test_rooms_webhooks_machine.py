"""Whatever queues and workers do wrong: no attempt is made twice, none beyond the schedule, and every delivery ends."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.errors import Upstream
from shared.recordings.calls import QueuedCall
from shared.rooms.domain import RETRY_AFTER, DeliveryState
from shared.rooms.webhooks.attempts import MOST_TRIES
from shared.rooms.webhooks.delivering import OVERDUE_AFTER
from tests.unit.test_rooms_webhooks import Deliveries, WorkerKilled, die

DAY = timedelta(days=1)
answers = st.sampled_from([200, 400, 429, 500, 503, Upstream("the connection failed")])


class WebhookMachine(RuleBasedStateMachine):
    """One delivery, its tenant, and a queue that loses, repeats and delays calls."""

    def __init__(self) -> None:
        super().__init__()
        self.all = Deliveries()
        self.ever_called: list[QueuedCall] = []
        self.made: Counter[str] = Counter()  #: posts by call
        self.all.announce()
        self.all.world.rooms.calm_down()

    @property
    def queued(self) -> dict[str, QueuedCall]:
        return self.all.world.tasks.calls

    @rule(data=st.data(), answer=answers, dies=st.booleans(), loses_commit=st.booleans())
    def deliver(self, data: Any, answer: int | Exception, dies: bool, loses_commit: bool) -> None:
        """Of any call there ever was, whether it is due or not; the worker may die, or not hear of its commit."""
        self._remember()
        call = data.draw(st.sampled_from(self.ever_called))
        self.all.sender.answers = [answer]
        self._expect_post(call, dies=dies)
        if loses_commit:
            self.all.world.rooms.lose_answer()
        with suppress(WorkerKilled, Upstream):
            self.all.deliver(call)
        self.all.world.rooms.calm_down()

    @rule(data=st.data())
    def lose(self, data: Any) -> None:
        """Let the queue forget a call, as if it had never been made."""
        self._remember()
        if self.queued:
            name = data.draw(st.sampled_from(sorted(self.queued)))
            del self.queued[name]
            self.all.world.tasks._remembered.discard(name)

    @rule(by=st.sampled_from([timedelta(seconds=1), *RETRY_AFTER]))
    def let_time_pass(self, by: timedelta) -> None:
        self.all.world.clock.advance(by)

    @rule()
    def requeue(self) -> None:
        self.all.requeue()

    @rule()
    def redeliver(self) -> None:
        self.all.redeliver()

    @invariant()
    def no_attempt_is_made_twice(self) -> None:
        assert set(self.made.values()) <= {1}

    @invariant()
    def no_round_has_more_tries_than_the_schedule(self) -> None:
        rounds = Counter(key.split("/")[1] for key in self.made)
        assert all(tries <= MOST_TRIES for tries in rounds.values())

    @invariant()
    def only_a_delivery_that_is_pending_has_a_next_attempt(self) -> None:
        delivery = self.all.delivery
        assert (delivery.next_attempt_at is not None) == (delivery.state is DeliveryState.PENDING)

    @invariant()
    def every_post_is_on_record(self) -> None:
        assert len(self.all.delivery.attempts) >= sum(self.made.values())

    def teardown(self) -> None:
        """Let the jobs run, and the queue deliver what is due, until the tenant has had all its chances."""
        for _ in range(MOST_TRIES + 2):
            self.all.world.clock.advance(DAY + OVERDUE_AFTER)
            self.all.requeue()
            for call in list(self.queued.values()):
                self.all.sender.answers = [500]
                self._expect_post(call)
                self.all.deliver(call)
        assert self.all.delivery.state in (DeliveryState.DELIVERED, DeliveryState.FAILED)
        self.no_attempt_is_made_twice()

    def _remember(self) -> None:
        self.ever_called += [call for call in self.queued.values() if call not in self.ever_called]

    def _expect_post(self, call: QueuedCall, *, dies: bool = False) -> None:
        def note() -> None:
            self.made[call.key] += 1
            if dies:
                die()

        self.all.sender.meanwhile = [note]


TestWebhookMachine = WebhookMachine.TestCase
