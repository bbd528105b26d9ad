"""What nobody claims is deleted after a week, in bits that each fit into one call of the job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from shared.errors import NotFound
from shared.feedback.domain import UNCLAIMED_KEPT_FOR
from shared.ports import Clock, Media, Recordings
from shared.recordings.deleting import delete_recording
from shared.recordings.recording import NOBODY, Caller, Family, Recording
from shared.recordings.sweeps import PAGE, Swept

#: The job has 300 s; the next one goes on with what is left.
WORKS_FOR = timedelta(seconds=200)
_NOBODY = Caller(tenant_id=NOBODY, user_id=NOBODY)


def expire_unclaimed(*, recordings: Recordings, media: Media, clock: Clock) -> Swept:
    """Delete what has been nobody's for a week, oldest first; what is claimed meanwhile stays.

    Two at once do no harm.
    """
    begun_at = clock.now()
    looked_at = changed = 0
    for recording in _overdue(begun_at - UNCLAIMED_KEPT_FOR, recordings=recordings):
        if clock.now() - begun_at > WORKS_FOR:
            break
        looked_at += 1
        with suppress(NotFound):
            delete_recording(
                recording.id,
                family=Family.FEEDBACK,
                by=_NOBODY,
                recordings=recordings,
                media=media,
                now=clock.now(),
            )
            changed += 1
    return Swept(looked_at=looked_at, changed=changed)


def _overdue(before: datetime, *, recordings: Recordings) -> Iterator[Recording]:
    """Page after page: what has been dealt with is not found again."""
    while page := recordings.unclaimed(before, Family.FEEDBACK, limit=PAGE):
        yield from page
