"""Deciding that a tenant's server is to hear of a finished recording."""

from __future__ import annotations

from datetime import datetime

from shared.ports import Tasks
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.recording import Recording
from shared.rooms.domain import Delivery, DeliveryState
from shared.rooms.ids import delivery_id
from shared.rooms.webhooks.announcement import RECORDING_READY
from shared.rooms.webhooks.attempts import call_of


def announce(recording: Recording, *, rooms: Rooms, tasks: Tasks, now: datetime) -> Delivery | None:
    """Have a finished recording told to its tenant's server, once; None where the tenant does not want that.

    May be called again: it is the same delivery, which is called for again if nobody has tried it yet.
    """

    def attempt(transaction: RoomsTransaction) -> Delivery | None:
        if found := transaction.delivery(delivery_id(recording.id)):
            return found
        tenant = transaction.tenant(recording.tenant_id)
        target = tenant.post_meeting_webhook if tenant else None
        if target is None or not target.enabled:
            return None
        made = Delivery(
            id=delivery_id(recording.id),
            tenant_id=recording.tenant_id,
            recording_id=recording.id,
            event=RECORDING_READY,
            url=target.url,
            created_at=now,
            next_attempt_at=now,
        )
        transaction.save(made)
        return made

    delivery = rooms.transact(attempt)
    if delivery is not None and delivery.state is DeliveryState.PENDING:
        tasks.call(call_of(delivery))
    return delivery
