"""Archiving by itself: what has not been fresh for a while, and stays long enough for the cold store to be worth it.

The cold store bills every file for some 90 days at least (its minimum charge): one that retention removes before is
cheaper where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.ports import Clock, Ids, Tasks
from shared.ports.rooms import Rooms
from shared.recordings.attending import Swept, attend, in_time
from shared.recordings.recording import Recording, State
from shared.rooms.domain import ARCHIVED_AFTER
from shared.rooms.files.archiving import start_archive
from shared.rooms.reading import details_of
from shared.rooms.upkeep import ended_between, every_tenant

ACTOR = "job:rooms_archive_due"


def archive_due(*, least_left: timedelta, rooms: Rooms, tasks: Tasks, ids: Ids, clock: Clock) -> Swept:
    """Start to archive what ended a while ago and has at least so much retention left; two at once do no harm."""

    def archive(recording: Recording) -> bool:
        start_archive(recording, by=ACTOR, rooms=rooms, tasks=tasks, ids=ids, now=clock.now())
        return True

    return attend(in_time(_due(clock.now(), least_left=least_left, rooms=rooms), clock=clock), archive)


def _due(now: datetime, *, least_left: timedelta, rooms: Rooms) -> Iterator[Recording]:
    for tenant in every_tenant(rooms):
        oldest, youngest = now - (tenant.retention - least_left), now - ARCHIVED_AFTER
        if oldest > youngest:
            continue
        for recording in ended_between(tenant, oldest, youngest, state=State.READY, rooms=rooms):
            if details_of(recording).file is not None:
                yield recording
