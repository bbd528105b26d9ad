"""Recovering: what has been processing for too long is asked for, and fetched again while the provider still has it.

An import that has failed leaves its recording `processing`, for here a new one begins, until the provider's copy is
gone: then the recording has failed too. One that is still not here after five days is an error in the log, so that a
person can act while there is something to save.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial

from shared.errors import InvalidRequest, NotFound
from shared.ports import Clock, Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.attending import Swept, attend, every_due, in_time
from shared.recordings.codec import to_plain
from shared.recordings.lifecycle import Origin
from shared.recordings.recording import Caller, Recording, State
from shared.recordings.runs import RunState
from shared.rooms import news
from shared.rooms.asking import ask_about
from shared.rooms.domain import IMPORTED_BY, PROVIDER_KEEPS_FOR, STALLED_AFTER
from shared.rooms.following import give_up
from shared.rooms.reading import details_of, find_recording
from shared.rooms.webhooks.delivering import requeue_overdue
from shared.structs import Struct, replace

log = logging.getLogger("playhead.rooms")

JOB = Origin(actor="job:rooms_recover_stalled")
_IS_IMPORTING = "RealtimeKit has the file, and it is being imported."
_IS_WAITING = "RealtimeKit has not finished the file yet; it is imported as soon as it is there."
_IS_HERE = "The recording is imported."


class NotRecoverable(InvalidRequest):
    """The recording cannot be recovered."""

    code = "not_recoverable"


class Recovered(Struct, frozen=True, kw_only=True):
    """Where a recording stands after the provider was asked, in words too."""

    recording: Recording
    message: str
    changed: bool


class _Taken(Struct, frozen=True, kw_only=True):
    """A recording whose turn it is."""

    recording: Recording
    is_late: bool  #: whether its coming loss is to be logged now


def recover_recording(
    id: str, *, by: Caller, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, now: datetime
) -> Recovered:
    """Ask the provider about a recording that is processing, and fetch its file if it is there; harmless twice.

    Raises:
        NotFound: there is none that the caller may see.
        NotRecoverable: it is not processing, or the provider has never told of it.
        Upstream: the provider did not tell.
    """
    recording = find_recording(id, by=by, rooms=rooms)
    if recording.state is not State.PROCESSING:
        raise NotRecoverable("the recording is not processing")
    if details_of(recording).provider_id is None:
        raise NotRecoverable("the recording has no Cloudflare recording id")
    origin = Origin(actor=by.actor)
    return _recover(recording, origin=origin, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=now)


def recover_stalled(*, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, clock: Clock) -> Swept:
    """Recover what has been processing for over an hour, the longest overdue first; two at once take one each.

    Webhooks whose next attempt was lost are tried again, too.

    One that the provider does not answer for waits for its next turn, and the others are not kept waiting.
    """

    def recover(due: Recording) -> int | None:
        now = clock.now()
        taken = _take(due.id, rooms=rooms, now=now)
        if taken is None:
            return None
        if taken.is_late:
            log.error("%s is not imported, and RealtimeKit will delete it soon", due.id)
        return _recover(
            taken.recording, origin=JOB, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=now
        ).changed

    due = every_due(partial(rooms.recordings_to_look_at, State.PROCESSING, clock.now()))
    recovered = attend(in_time(due, clock=clock), recover)
    return recovered + requeue_overdue(rooms=rooms, tasks=tasks, now=clock.now())


def _recover(
    recording: Recording, *, origin: Origin, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, now: datetime
) -> Recovered:
    is_over = now - _ended_at(recording) > PROVIDER_KEEPS_FOR
    followed = ask_about(
        recording, origin=origin, rooms=rooms, meetings=meetings, tasks=tasks, ids=ids, now=now, again=not is_over
    )
    changed = followed.changed
    if is_over:
        changed |= give_up(recording.id, news.PROVIDER_EXPIRED, origin=origin, rooms=rooms, now=now)
    current = rooms.find(recording.id)
    if current is None:
        raise NotFound("recording not found")
    return Recovered(recording=current, message=_message(current, rooms=rooms), changed=changed)


def _message(recording: Recording, *, rooms: Rooms) -> str:
    if recording.failure is not None:
        return recording.failure.message
    if recording.state is not State.PROCESSING:
        return _IS_HERE
    run = rooms.find_run(recording.current_run) if recording.current_run else None
    return _IS_IMPORTING if run is not None and run.state is RunState.LIVE else _IS_WAITING


def _take(id: str, *, rooms: Rooms, now: datetime) -> _Taken | None:
    """The recording, if nobody else has taken it; its next turn is set first, so that no failure keeps it at the front.

    That its loss is coming is noted here too, for it must be told whether the provider answers or not.
    """

    def attempt(transaction: RoomsTransaction) -> _Taken | None:
        recording = transaction.recording(id)
        details = details_of(recording) if recording is not None and recording.state is State.PROCESSING else None
        if recording is None or details is None or details.look_at is None or details.look_at > now:
            return None
        is_late = details.reported_at is None and now - _ended_at(recording) >= IMPORTED_BY
        reported_at = now if is_late else details.reported_at
        details = replace(details, look_at=now + STALLED_AFTER, reported_at=reported_at)
        taken = replace(recording, details=to_plain(details))
        transaction.save(taken)
        return _Taken(recording=taken, is_late=is_late)

    return rooms.transact(attempt)


def _ended_at(recording: Recording) -> datetime:
    return details_of(recording).ended_at or recording.created_at
