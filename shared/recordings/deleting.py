"""Deleting for good: at once for every reader, and to the last byte once nothing can be writing any more.

live ─delete─▶ tombstone, 404 for everyone ─▶ objects removed ─purge_after─▶ listed and removed again ─▶ id only
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.ports import Media, Recordings, Transaction
from shared.recordings.finding import is_visible, not_found
from shared.recordings.objects import prefix_of
from shared.recordings.recording import Bucket, Caller, Family, Recording, Tombstone
from shared.recordings.runs import cancel
from shared.recordings.texts import Text
from shared.structs import replace

#: The long texts that a recording of a family may have.
TEXTS = {Family.SESSIONS: ("prompt",)}
#: After a delete an upload URL may still be alive (1 h), or an attempt of a step may still be writing (30 min).
WRITERS_ARE_GONE_AFTER = timedelta(hours=2)
TOMBSTONE_KEPT_FOR = timedelta(days=30)


def delete_recording(
    id: str, *, family: Family, by: Caller, recordings: Recordings, media: Media, now: datetime
) -> None:
    """Delete the caller's recording, its run and everything that was stored for it.

    Raises:
        NotFound: as for `find_recording`; also the second time.
    """

    def attempt(transaction: Transaction) -> None:
        recording = transaction.recording(id)
        if recording is None or not is_visible(recording, family=family, to=by):
            raise not_found(family)
        run = transaction.run(recording.current_run) if recording.current_run else None
        texts = (Text(recording_id=id, name=name, content="") for name in TEXTS.get(family, ()))
        transaction.remove(recording, *texts)
        transaction.save(_bury(recording, now))
        if run is not None:
            transaction.save(cancel(run, now=now))

    recordings.transact(attempt)
    remove_objects(id, family=family, media=media)


def purge(tombstone: Tombstone, *, recordings: Recordings, media: Media, now: datetime) -> int:
    """Remove what was still written after the delete, and keep the id alone; returns how much there was."""
    removed = remove_objects(tombstone.id, family=tombstone.family, media=media)
    removed += recordings.forget_runs(tombstone.id)
    kept = replace(tombstone, purge_after=None, expire_at=now + TOMBSTONE_KEPT_FOR)
    recordings.transact(lambda transaction: transaction.save(kept))
    return removed


def remove_objects(id: str, *, family: Family, media: Media) -> int:
    """Remove every object of a recording from both buckets; returns how many there were."""
    prefix = prefix_of(family, id)
    return sum(media.delete_prefix(bucket, prefix) for bucket in Bucket)


def _bury(recording: Recording, now: datetime) -> Tombstone:
    return Tombstone(
        id=recording.id,
        family=recording.family,
        tenant_id=recording.tenant_id,
        user_id=recording.user_id,
        created_at=recording.created_at,
        deleted_at=now,
        purge_after=now + WRITERS_ARE_GONE_AFTER,
    )
