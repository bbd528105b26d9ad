"""Making the attempts of a delivery, and finding those that nobody makes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from shared.errors import Conflict, InvalidRequest, PlayheadError
from shared.ports import Clock, Tasks
from shared.ports.files import HotFiles
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.ports.sealing import Sealing
from shared.ports.webhooks import WebhookSender
from shared.recordings.attending import Swept, attend, every_due
from shared.recordings.recording import Recording, State
from shared.rooms.domain import Delivery, DeliveryAttempt, DeliveryState, WebhookTarget
from shared.rooms.webhooks.announcement import headers_of, render_body
from shared.rooms.webhooks.attempts import MOST_TRIES, begin_attempt, call_of, give_up, settle_attempt
from shared.structs import Struct, replace

#: How late an attempt is before its call is taken for lost.
OVERDUE_AFTER = timedelta(minutes=10)

log = logging.getLogger("playhead.webhooks")


class _Taken(Struct, frozen=True, kw_only=True):
    """An attempt that is ours to make."""

    delivery: Delivery
    recording: Recording
    target: WebhookTarget

    @property
    def began_at(self) -> datetime:
        return self.delivery.attempts[-1].at


class _Outcome(Struct, frozen=True, kw_only=True):
    status: int | None = None
    error: str | None = None
    is_final: bool = False  #: nobody is to try again


def deliver_webhook(
    arguments: Mapping[str, str],
    *,
    rooms: Rooms,
    tasks: Tasks,
    sealing: Sealing,
    files: HotFiles,
    sender: WebhookSender,
    clock: Clock,
) -> None:
    """Make the attempt that a call (`call_of`) is for, and have the next one called for; at most once per call.

    2xx is delivered; any other 4xx than 429, and an address where we do not go, is final; else the delivery is tried
    again at its next time, and has failed after the last. A deleted recording and a removed webhook end it.

    Raises:
        Conflict: the recording is not ready yet: the step that announced it is about to end.
    """
    taken = rooms.transact(partial(_take, arguments, clock.now()))
    if isinstance(taken, _Taken):
        outcome = _send(taken, sealing=sealing, files=files, sender=sender)
        delivery: Delivery | None = rooms.transact(partial(_settle, taken, outcome, clock.now()))
        log.info("an attempt of delivery %s ended: %s", taken.delivery.id, outcome.error or outcome.status)
    else:
        delivery = taken
    if delivery is not None and delivery.state is DeliveryState.PENDING:
        tasks.call(call_of(delivery))  # also after an attempt that is not ours: its worker may have died before this


def requeue_overdue(*, rooms: Rooms, tasks: Tasks, now: datetime) -> Swept:
    """Call again for attempts that should have been made long ago; two of these at once do no harm."""

    def requeue(overdue: Delivery) -> int:
        delivery = rooms.transact(partial(_postpone, overdue.id, now))
        if delivery is None:
            return 0
        tasks.call(call_of(delivery))
        return 1

    return attend(every_due(partial(rooms.overdue_deliveries, now - OVERDUE_AFTER)), requeue)


def _take(arguments: Mapping[str, str], now: datetime, transaction: RoomsTransaction) -> _Taken | Delivery | None:
    """Take the attempt, or return the delivery as it is: it has ended, or the attempt is somebody else's."""
    delivery = transaction.delivery(arguments["delivery_id"])
    if delivery is None or delivery.state is not DeliveryState.PENDING:
        return delivery
    if call_of(delivery).arguments != arguments:
        return delivery
    recording = transaction.recording(delivery.recording_id)
    tenant = transaction.tenant(delivery.tenant_id)
    target = tenant.post_meeting_webhook if tenant else None
    if recording is None:
        return _end(delivery, "the recording was deleted", now, transaction)
    if target is None or not target.enabled:
        return _end(delivery, "the webhook was removed or disabled", now, transaction)
    if delivery.tries == MOST_TRIES:  # the last one was interrupted
        return _end(delivery, None, now, transaction)
    if recording.state not in (State.READY, State.ARCHIVED):
        raise Conflict("the recording is not ready yet")
    taken = begin_attempt(delivery, url=target.url, now=now)
    transaction.save(taken)
    return _Taken(delivery=taken, recording=recording, target=target)


def _end(delivery: Delivery, reason: str | None, now: datetime, transaction: RoomsTransaction) -> Delivery:
    ended = give_up(delivery, reason, now=now)
    transaction.save(ended)
    return ended


def _send(taken: _Taken, *, sealing: Sealing, files: HotFiles, sender: WebhookSender) -> _Outcome:
    """Render, sign and post; a failure of ours is one of the attempt too."""
    now = taken.began_at
    try:
        body = render_body(taken.recording, taken.target, files=files, now=now)
        secret = sealing.open(taken.target.sealed_secret)
        headers = headers_of(taken.delivery, body, secret=secret, now=now)
        status = sender.post(taken.delivery.url, body=body, headers=headers)
    except InvalidRequest as refusal:
        return _Outcome(error=refusal.message, is_final=True)
    except PlayheadError as error:
        log.warning("delivery %s: %s", taken.delivery.id, error.message)
        return _Outcome(error=error.message if error.status > 500 else "internal")
    return _Outcome(status=status, is_final=400 <= status < 500 and status != 429)


def _settle(taken: _Taken, outcome: _Outcome, now: datetime, transaction: RoomsTransaction) -> Delivery:
    noted = DeliveryAttempt(
        at=taken.began_at,
        duration_ms=round((now - taken.began_at).total_seconds() * 1000),
        status=outcome.status,
        error=outcome.error,
    )
    found = transaction.delivery(taken.delivery.id) or taken.delivery
    settled = settle_attempt(found, noted, begun=taken.delivery, is_final=outcome.is_final, now=now)
    transaction.save(settled)
    return settled


def _postpone(id: str, now: datetime, transaction: RoomsTransaction) -> Delivery | None:
    """Let a delivery be due now, so that the others that are overdue come before it next time."""
    delivery = transaction.delivery(id)
    if delivery is None or delivery.next_attempt_at is None or delivery.next_attempt_at > now - OVERDUE_AFTER:
        return None
    due = replace(delivery, next_attempt_at=now)
    transaction.save(due)
    return due
