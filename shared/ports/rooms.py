"""The data layer of the rooms family: recordings as in every family, and what only rooms have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from shared.ports import Recordings, Transaction

if TYPE_CHECKING:  # as in `shared.ports`
    from shared.recordings.recording import Recording, State
    from shared.rooms.domain import (
        DeletedRecording,
        Delivery,
        ProviderLink,
        ProviderThing,
        ReceivedWebhook,
        Room,
        Tenant,
    )

Result = TypeVar("Result")


class RoomsTransaction(Transaction, Protocol):
    """A transaction that also sees rooms. `save` and `remove` take this family's entities too."""

    def room(self, id: str) -> Room | None:
        """The room, or None."""

    def tenant(self, id: str) -> Tenant | None:
        """What the tenant wants, or None while it has said nothing and has no room."""

    def link(self, thing: ProviderThing, provider_id: str) -> ProviderLink | None:
        """To whom something of the provider belongs, or None."""

    def deleted(self, id: str) -> DeletedRecording | None:
        """A recording that was deleted, or None."""

    def delivery(self, id: str) -> Delivery | None:
        """One delivery of a webhook, or None."""

    def received(self, id: str) -> ReceivedWebhook | None:
        """A webhook that came before, or None."""


class Rooms(Recordings, Protocol):
    """Recordings, rooms, tenants and deliveries."""

    def transact(self, work: Callable[[RoomsTransaction], Result]) -> Result:
        """Run `work` in a transaction, as `Recordings.transact` does."""

    def find_room(self, id: str) -> Room | None:
        """The room of any tenant, or None."""

    def find_tenant(self, id: str) -> Tenant | None:
        """What the tenant wants, or None."""

    def find_link(self, thing: ProviderThing, provider_id: str) -> ProviderLink | None:
        """To whom something of the provider belongs, or None."""

    def find_deleted(self, id: str) -> DeletedRecording | None:
        """A recording that was deleted, or None."""

    def find_delivery(self, id: str) -> Delivery | None:
        """One delivery, or None."""

    def rooms_page(self, tenant_id: str, *, limit: int, offset: int) -> list[Room]:
        """The tenant's rooms, newest first; costs limit + offset reads."""

    def count_rooms(self, tenant_id: str) -> int:
        """How many rooms the tenant has; costs a read per 1,000."""

    def rooms_of(self, tenant_id: str, *, after: str, limit: int) -> list[Room]:
        """All rooms that the tenant ever had, deleted ones too, in the order of their ids, from behind `after`."""

    def recordings_page(self, tenant_id: str, *, limit: int, offset: int) -> list[Recording]:
        """The tenant's recordings of rooms, newest first; costs limit + offset reads."""

    def count_recordings(self, tenant_id: str) -> int:
        """How many recordings of rooms the tenant has; costs a read per 1,000."""

    def rooms_to_sync(self, before: datetime, *, limit: int) -> list[Room]:
        """Rooms whose `sync_at` has come, the longest overdue first."""

    def open_recordings(self, room_id: str) -> list[Recording]:
        """The room's recordings that are `capturing` or `processing`."""

    def recordings_to_look_at(self, state: State, before: datetime, *, limit: int) -> list[Recording]:
        """Recordings in that state whose `look_at` has come, the longest overdue first."""

    def tenants(self, *, after: str, limit: int) -> list[Tenant]:
        """All tenants in an order that stays, from behind the one with the id `after`."""

    def ended_recordings(
        self, tenant_id: str, *, state: State | None, before: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> list[Recording]:
        """The tenant's recordings that ended before then, oldest first, from behind `after` (ended_at, id)."""

    def deleted_recordings(self, tenant_id: str, before: datetime, *, limit: int) -> list[DeletedRecording]:
        """The tenant's deleted recordings that ended before then and still have files, oldest first."""

    def deliveries_page(self, tenant_id: str, *, limit: int, offset: int) -> list[Delivery]:
        """The tenant's deliveries, newest first; costs limit + offset reads."""

    def count_deliveries(self, tenant_id: str) -> int:
        """How many deliveries the tenant has; costs a read per 1,000."""

    def overdue_deliveries(self, before: datetime, *, limit: int) -> list[Delivery]:
        """Deliveries whose next attempt should have been made by then."""

    def recordings_in_order(self, *, after: str, limit: int) -> Sequence[Recording]:
        """All recordings of rooms, of every tenant, in the order of their ids: for comparing with what is stored."""
