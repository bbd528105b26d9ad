"""How the daily jobs go through everybody's recordings: tenant by tenant, within the time of one call."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from shared.errors import PlayheadError
from shared.ports import Clock
from shared.ports.rooms import Rooms
from shared.recordings.recording import Recording, State
from shared.recordings.sweeps import PAGE, Swept
from shared.rooms.domain import Tenant
from shared.rooms.reading import details_of

log = logging.getLogger("playhead.rooms")

#: A job has 300 s; the next call goes on with what is left.
WORKS_FOR = timedelta(seconds=200)


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """The id, for the log."""


Found = TypeVar("Found", bound=Identified)


def attend(found: Iterable[Found], treat: Callable[[Found], bool], *, clock: Clock) -> Swept:
    """Treat what is found, one after the other, until the time is over; one that fails is for the next call.

    `treat` says whether it changed anything.
    """
    ends_at = clock.now() + WORKS_FOR
    looked_at = changed = 0
    for one in found:
        if clock.now() > ends_at:
            break
        looked_at += 1
        try:
            changed += treat(one)
        except PlayheadError:
            log.exception("%s is left to the next call", one.id)
    return Swept(looked_at=looked_at, changed=changed)


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
