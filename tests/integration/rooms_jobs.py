"""The jobs that go through every tenant, for some tenants only: a suite leaves hundreds, which are nobody's concern."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

from shared import ports
from shared.ports.files import ColdFiles, HotFiles
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.rooms.domain import Tenant
from shared.rooms.expiring import expire_retention
from shared.rooms.files.archiving_due import archive_due
from shared.rooms.reconciling.disagreements import Finding, Sides
from shared.rooms.reconciling.finding import find_disagreements
from shared.wiring import wired

ARCHIVE_MIN = timedelta(days=90)


class _TenantsOnly:
    """The data layer, to whom asks which tenants there are: these."""

    def __init__(self, *tenant_ids: str) -> None:
        self._rooms: Rooms = wired(Rooms)
        self._tenant_ids = sorted(tenant_ids)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rooms, name)

    def tenants(self, *, after: str, limit: int) -> list[Tenant]:
        found = [self._rooms.find_tenant(id) for id in self._tenant_ids if id > after]
        return [tenant for tenant in found if tenant is not None][:limit]


def archive_what_is_due(tenant_id: str) -> None:
    """Run the job, twice at once."""
    rooms, tasks, ids = _only(tenant_id), wired(ports.Tasks), wired(ports.Ids)
    _at_once(lambda: archive_due(least_left=ARCHIVE_MIN, rooms=rooms, tasks=tasks, ids=ids, clock=wired(ports.Clock)))


def expire_what_is_over(tenant_id: str) -> None:
    """Run the job, twice at once."""
    rooms, hot, cold, media = _only(tenant_id), wired(HotFiles), wired(ColdFiles), wired(ports.Media)
    _at_once(lambda: expire_retention(rooms=rooms, hot=hot, cold=cold, media=media, clock=wired(ports.Clock)))


def disagreements(*tenant_ids: str, later: timedelta = timedelta(0)) -> Iterator[Finding]:
    """What reconciling finds so much later; of the provider, about these tenants."""
    sides = Sides(
        rooms=_only(*tenant_ids),
        hot=wired(HotFiles),
        cold=wired(ColdFiles),
        meetings=wired(Meetings),
        tasks=wired(ports.Tasks),
        ids=wired(ports.Ids),
        now=wired(ports.Clock).now() + later,
    )
    return find_disagreements(sides)


def _only(*tenant_ids: str) -> Rooms:
    return cast(Rooms, _TenantsOnly(*tenant_ids))


def _at_once(job: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        for run in [pool.submit(job), pool.submit(job)]:
            run.result()
