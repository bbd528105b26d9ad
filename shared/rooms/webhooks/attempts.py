"""The life of a delivery: one try and five retries, each at its time and each at most once. Pure.

A worker takes an attempt before it sends anything, and what it took counts, whatever becomes of the worker:

    pending ──begin──▶ pending (one try more, the next one scheduled) ──settle──▶ delivered | pending | failed

Asking for a redelivery begins another round of tries.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.recordings.calls import QueuedCall
from shared.rooms.domain import RETRY_AFTER, Delivery, DeliveryAttempt, DeliveryState
from shared.structs import replace

MOST_TRIES = 1 + len(RETRY_AFTER)
#: An attempt that has begun and of which nothing was heard any more.
INTERRUPTED = "interrupted"
#: How long after its last attempt a delivery that was interrupted is looked at.
LAST_PATIENCE = timedelta(minutes=5)
#: Whoever asks for redeliveries all day must not make a document that is too large to store.
MOST_ATTEMPTS_KEPT = 500


def call_of(delivery: Delivery) -> QueuedCall:
    """The call that makes the delivery's next attempt; a queue takes it once."""
    arguments = {"delivery_id": delivery.id, "round": str(delivery.round), "tries": str(delivery.tries)}
    return QueuedCall(
        function="tasks_deliver_webhook",
        key="/".join(arguments.values()),
        arguments=arguments,
        not_before=delivery.next_attempt_at,
    )


def begin_attempt(delivery: Delivery, *, url: str, now: datetime) -> Delivery:
    """Take the next attempt; until it is settled it counts as interrupted, and the one after it is scheduled."""
    tries = delivery.tries + 1
    return replace(
        delivery,
        url=url,
        tries=tries,
        next_attempt_at=now + (RETRY_AFTER[tries - 1] if tries < MOST_TRIES else LAST_PATIENCE),
        attempts=(*delivery.attempts, _unsettled(now))[-MOST_ATTEMPTS_KEPT:],
    )


def settle_attempt(
    delivery: Delivery, outcome: DeliveryAttempt, *, begun: Delivery, is_final: bool, now: datetime
) -> Delivery:
    """Note how an attempt ended, and what follows from it; `begun` is the delivery as it was when it was taken."""
    unsettled = _unsettled(outcome.at)
    noted = replace(delivery, attempts=tuple(outcome if one == unsettled else one for one in delivery.attempts))
    if not _is_still(begun, delivery):
        return noted  # a redelivery has been asked for meanwhile: its own attempts decide
    if outcome.status is not None and 200 <= outcome.status < 300:
        return replace(noted, state=DeliveryState.DELIVERED, next_attempt_at=None)
    if is_final or delivery.tries == MOST_TRIES:
        return replace(noted, state=DeliveryState.FAILED, next_attempt_at=None)
    return replace(noted, next_attempt_at=now + RETRY_AFTER[delivery.tries - 1])


def give_up(delivery: Delivery, reason: str | None, *, now: datetime) -> Delivery:
    """End a delivery without another attempt; a reason is kept as an attempt that was not made."""
    unmade = () if reason is None else (DeliveryAttempt(at=now, duration_ms=0, error=reason),)
    attempts = (*delivery.attempts, *unmade)[-MOST_ATTEMPTS_KEPT:]
    return replace(delivery, state=DeliveryState.FAILED, next_attempt_at=None, attempts=attempts)


def begin_round(delivery: Delivery, *, now: datetime) -> Delivery:
    """Begin the tries anew; a delivery whose first try is still to come stays as it is."""
    if delivery.state is DeliveryState.PENDING and delivery.tries == 0:
        return delivery
    return replace(delivery, state=DeliveryState.PENDING, round=delivery.round + 1, tries=0, next_attempt_at=now)


def _unsettled(began_at: datetime) -> DeliveryAttempt:
    return DeliveryAttempt(at=began_at, duration_ms=0, error=INTERRUPTED)


def _is_still(begun: Delivery, delivery: Delivery) -> bool:
    return (delivery.state, delivery.round, delivery.tries) == (DeliveryState.PENDING, begun.round, begun.tries)
