"""How the daily jobs go through everybody's recordings: tenant by tenant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from shared.ports.rooms import Rooms
from shared.recordings.attending import PAGE
from shared.recordings.recording import Recording, State
from shared.rooms.domain import Tenant
from shared.rooms.reading import details_of


def every_tenant(rooms: Rooms) -> Iterator[Tenant]:
    """Every tenant of the family, by id."""
    last = ""
    while page := rooms.tenants(after=last, limit=PAGE):
        yield from page
        last = page[-1].id


def ended_between(
    tenant: Tenant, earliest: datetime | None, latest: datetime, *, state: State | None = None, rooms: Rooms
) -> Iterator[Recording]:
    """The tenant's recordings that ended then, oldest first; each is found once, whatever becomes of it."""
    # Ids begin with letters, so no id of that moment is before this one.
    after = None if earliest is None else (earliest, "0")
    while page := rooms.ended_recordings(tenant.id, state=state, before=latest, after=after, limit=PAGE):
        yield from page
        after = (details_of(page[-1]).ended_at or latest, page[-1].id)
