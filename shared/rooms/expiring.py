"""The end of retention: nobody sees the recording any more, and its files go from every store.

ready, failed, … ─retention over─▶ a deleted recording (410 where it was downloaded) ─▶ files removed ─▶ no files

What its owner had deleted before takes the second arrow. Every arrow may be the last that happens: the next call finds
where it was. While an attempt of a step may still be writing, files are removed and not yet said to be gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from shared.ports import Clock, Media
from shared.ports.files import ColdFiles, HotFiles
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.attending import Swept, attend, every_due, in_time
from shared.recordings.deleting import WRITERS_ARE_GONE_AFTER, remove_objects
from shared.recordings.recording import Family, Recording, State
from shared.recordings.runs import StepState
from shared.rooms.deleting import bury
from shared.rooms.domain import PROVIDER_KEEPS_FOR, DeletedBy, DeletedRecording, Tenant, file_key
from shared.rooms.files.archiving import PIPELINE as ARCHIVING
from shared.rooms.reading import details_of
from shared.rooms.upkeep import ended_between, every_tenant
from shared.structs import replace


def expire_retention(*, rooms: Rooms, hot: HotFiles, cold: ColdFiles, media: Media, clock: Clock) -> Swept:
    """Delete what is past its tenant's retention, and remove its files; two at once do no harm."""
    now = clock.now()
    expire = partial(_expire, rooms=rooms, hot=hot, cold=cold, media=media, now=now)
    return attend(in_time(_overdue(now, rooms=rooms), clock=clock), expire)


def _overdue(now: datetime, *, rooms: Rooms) -> Iterator[Recording | DeletedRecording]:
    for tenant in every_tenant(rooms):
        before = now - tenant.retention
        yield from every_due(partial(rooms.deleted_recordings, tenant.id, before))
        yield from ended_between(tenant, None, before, rooms=rooms)


def _expire(
    overdue: Recording | DeletedRecording,
    *,
    rooms: Rooms,
    hot: HotFiles,
    cold: ColdFiles,
    media: Media,
    now: datetime,
) -> bool:
    deleted = _bury_expired(overdue.id, rooms=rooms, now=now) if isinstance(overdue, Recording) else overdue
    if deleted is None:
        return False
    details, run_id = details_of(deleted.recording), deleted.recording.current_run
    run = rooms.find_run(run_id) if run_id else None
    hot.delete(file_key(deleted.id))
    if details.copy is not None or (run is not None and run.pipeline == ARCHIVING):
        cold.delete(file_key(deleted.id))
    remove_objects(deleted.id, family=Family.ROOMS, media=media)
    was_at_work = run is not None and any(step.state is StepState.RUNNING for step in run.steps.values())
    if not was_at_work or deleted.deleted_at + WRITERS_ARE_GONE_AFTER <= now:
        rooms.forget_runs(deleted.id)
        rooms.transact(lambda transaction: transaction.save(replace(deleted, has_files=False)))
    return True


def _bury_expired(id: str, *, rooms: Rooms, now: datetime) -> DeletedRecording | None:
    """Delete a recording whose retention is over, as its tenant wants it now; None where it is not."""

    def attempt(transaction: RoomsTransaction) -> DeletedRecording | None:
        recording = transaction.recording(id)
        tenant = transaction.tenant(recording.tenant_id) if recording is not None else None
        if recording is None or tenant is None or not _is_expired(recording, tenant, now):
            return None
        return bury(transaction, recording, deleted_by=DeletedBy.RETENTION, now=now)

    return rooms.transact(attempt)


def _is_expired(recording: Recording, tenant: Tenant, now: datetime) -> bool:
    """Whether it is past its retention, and nothing can become of it any more that its owner has not seen."""
    ended_at = details_of(recording).ended_at
    if ended_at is None or ended_at + tenant.retention > now or recording.state is State.CAPTURING:
        return False
    return recording.state is not State.PROCESSING or ended_at + PROVIDER_KEEPS_FOR <= now
