"""Looking at what a tenant's server was told, and having it told again."""

from __future__ import annotations

from datetime import datetime

from shared.errors import Forbidden, NotFound
from shared.ports import Tasks
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.recording import Caller
from shared.rooms.domain import Delivery
from shared.rooms.ids import is_delivery_id
from shared.rooms.reading import Page
from shared.rooms.webhooks.attempts import begin_round, call_of


def list_deliveries(*, by: Caller, limit: int, offset: int, rooms: Rooms) -> Page[Delivery]:
    """A page of the tenant's deliveries, newest first; costs offset + limit reads, and one per 1,000 for the total.

    Raises:
        Forbidden: the caller is no administrator.
    """
    _require_admin(by)
    return Page(
        items=rooms.deliveries_page(by.tenant_id, limit=limit, offset=offset),
        total=rooms.count_deliveries(by.tenant_id),
    )


def redeliver(id: str, *, by: Caller, rooms: Rooms, tasks: Tasks, now: datetime) -> Delivery:
    """Begin the tries of a delivery anew, however the last ones ended.

    Raises:
        Forbidden: the caller is no administrator.
        NotFound: the tenant has no such delivery.
    """
    _require_admin(by)

    def attempt(transaction: RoomsTransaction) -> Delivery:
        delivery = transaction.delivery(id) if is_delivery_id(id) else None
        if delivery is None or delivery.tenant_id != by.tenant_id:
            raise NotFound("delivery not found")
        again = begin_round(delivery, now=now)
        transaction.save(again)
        return again

    delivery = rooms.transact(attempt)
    tasks.call(call_of(delivery))
    return delivery


def _require_admin(caller: Caller) -> None:
    if caller.role != "admin":
        raise Forbidden
