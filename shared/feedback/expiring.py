"""What nobody claims is deleted after a week, in bits that each fit into one call of the job."""

from __future__ import annotations

from functools import partial

from shared.feedback.domain import UNCLAIMED_KEPT_FOR
from shared.ports import Clock, Media, Recordings
from shared.recordings.attending import Swept, attend, every_due, in_time
from shared.recordings.deleting import delete_recording
from shared.recordings.recording import NOBODY, Caller, Family, Recording

_NOBODY = Caller(tenant_id=NOBODY, user_id=NOBODY)


def expire_unclaimed(*, recordings: Recordings, media: Media, clock: Clock) -> Swept:
    """Delete what has been nobody's for a week, oldest first; what is claimed meanwhile stays.

    Two at once do no harm.
    """

    def delete(overdue: Recording) -> int:
        now = clock.now()
        delete_recording(overdue.id, family=Family.FEEDBACK, by=_NOBODY, recordings=recordings, media=media, now=now)
        return 1

    before = clock.now() - UNCLAIMED_KEPT_FOR
    overdue = every_due(partial(recordings.unclaimed, before, Family.FEEDBACK))
    return attend(in_time(overdue, clock=clock), delete)
