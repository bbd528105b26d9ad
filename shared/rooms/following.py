"""Following the provider: the one place where what RealtimeKit says of a recording reaches ours.

Starts, stops, syncs, webhooks and jobs all come here with what the provider has answered, in any order and any number
of times. In one transaction it is decided whose recording it is, what the news makes of it (the table is in
`shared.rooms.news`), and whether its file is to be fetched.
"""

from __future__ import annotations

from datetime import datetime

from shared.ports import Ids, Tasks
from shared.ports.meetings import LIVE_STATES, ProviderRecording, ProviderState
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.lifecycle import Origin
from shared.recordings.recording import Failure, Recording, State
from shared.recordings.runs import Run, RunState
from shared.rooms import news
from shared.rooms.domain import (
    MISSES_BEFORE_FAILED,
    START_DEADLINE,
    ProviderLink,
    ProviderThing,
    Room,
    next_sync,
)
from shared.rooms.ids import new_recording_id
from shared.rooms.reading import details_of
from shared.structs import Struct, replace


class Followed(Struct, frozen=True, kw_only=True):
    """What became of a piece of news."""

    recording: Recording | None  #: ours; None where it was deleted, or the room is not known
    changed: bool = False  #: whether any of it was new


class _Seen(Struct, frozen=True, kw_only=True):
    """What there is when a piece of news comes."""

    room: Room
    link: ProviderLink | None  #: None where nobody took it yet
    ours: Recording | None  #: the recording that it is of; None where it began without us
    live: Recording | None  #: the one that is live in the room
    run: Run | None


class _Outcome(Struct, frozen=True, kw_only=True):
    """What is to be saved, and to be told."""

    followed: Followed
    entities: tuple[Recording | Room | ProviderLink | Run, ...] = ()
    run: Run | None = None


def follow_provider(
    found: ProviderRecording,
    *,
    room_id: str,
    origin: Origin,
    rooms: Rooms,
    tasks: Tasks,
    ids: Ids,
    now: datetime,
    recording_id: str | None = None,
    again: bool = False,
) -> Followed:
    """Take what the provider says of a recording of this room; old and repeated news changes nothing.

    It is of the recording that took it before; or else of the start `recording_id` that it answers; or else of the
    room's start whose outcome is not known; or else of a new one. When its file is there, the import is begun: once,
    or `again` if an earlier one has failed.

    Raises:
        Upstream: the database or the queue did not answer; a task that is not on its queue is put there by a job.
    """
    new_id, run_id = new_recording_id(ids), ids.uuid()

    def attempt(transaction: RoomsTransaction) -> _Outcome:
        seen = _see(found, transaction, room_id=room_id, recording_id=recording_id)
        if seen is None:
            return _Outcome(followed=Followed(recording=None))
        outcome = _decide(seen, found, new_id=new_id, run_id=run_id, again=again, origin=origin, now=now)
        transaction.save(*outcome.entities)
        return outcome

    outcome = rooms.transact(attempt)
    _enqueue(outcome.run, tasks=tasks)
    return outcome.followed


def start_import(
    recording: Recording, *, origin: Origin, rooms: Rooms, tasks: Tasks, ids: Ids, now: datetime
) -> Run | None:
    """Begin to fetch a recording's file, again if need be; while that is under way, its run.

    Returns None where there is nothing to fetch: it is not `processing` any more, or has its file.
    """
    run_id = ids.uuid()

    def attempt(transaction: RoomsTransaction) -> Run | None:
        found = transaction.recording(recording.id)
        if found is None or found.state is not State.PROCESSING or details_of(found).file is not None:
            return None
        if (run := _live_run(found, transaction)) is not None:
            return run
        moved, run = news.begin_import(found, run_id, origin=origin, now=now)
        transaction.save(moved, run)
        return run

    run = rooms.transact(attempt)
    _enqueue(run, tasks=tasks)
    return run


def give_up(recording_id: str, failure: Failure, *, origin: Origin, rooms: Rooms, now: datetime) -> bool:
    """End a recording of which nothing will come, and free its room; whether it did.

    One whose file is being fetched is left to that; one that has ended stays as it is.
    """

    def attempt(transaction: RoomsTransaction) -> bool:
        recording = transaction.recording(recording_id)
        if recording is None or recording.state not in news.OPEN or _live_run(recording, transaction) is not None:
            return False
        _fail(recording, failure, transaction, origin=origin, now=now)
        return True

    return rooms.transact(attempt)


def note_miss(recording_id: str, *, origin: Origin, rooms: Rooms, now: datetime) -> bool:
    """Note that the provider knows nothing of a start whose outcome is not known; whether the start has failed by it.

    Counted from the start's deadline on, and not again before it is to be looked at again: two who look at the same
    time see the same.
    """

    def attempt(transaction: RoomsTransaction) -> bool:
        recording = transaction.recording(recording_id)
        if recording is None or not news.is_reservation(recording):
            return False
        details = details_of(recording)
        if any(at is not None and at > now for at in (details.start_deadline, details.look_at)):
            return False
        missed = news.miss(recording, look_at=now + START_DEADLINE, now=now)
        if details_of(missed).start_misses < MISSES_BEFORE_FAILED:
            transaction.save(missed)
            return False
        _fail(missed, news.START_LOST, transaction, origin=origin, now=now)
        return True

    return rooms.transact(attempt)


def _see(
    found: ProviderRecording, transaction: RoomsTransaction, *, room_id: str, recording_id: str | None
) -> _Seen | None:
    """What there is; None where the room is not known, or the recording was deleted."""
    link = transaction.link(ProviderThing.RECORDING, found.id)
    room = transaction.room(link.room_id if link else room_id)
    if room is None:
        return None
    live = transaction.recording(room.live_recording) if room.live_recording else None
    if live is not None and live.state is not State.CAPTURING:
        live = None
    if link is not None:
        ours = transaction.recording(link.recording_id) if link.recording_id else None
        if ours is None:
            return None
    else:
        ours = _start_of(found, live, transaction, recording_id)
    run = transaction.run(ours.current_run) if ours is not None and ours.current_run else None
    return _Seen(room=room, link=link, ours=ours, live=live, run=run)


def _start_of(
    found: ProviderRecording, live: Recording | None, transaction: RoomsTransaction, recording_id: str | None
) -> Recording | None:
    """The start that has begun this; None where it began without us."""
    asked = transaction.recording(recording_id) if recording_id else None
    if asked is not None and news.is_reservation(asked):
        return asked
    return live if live is not None and news.is_reservation(live) and news.answers(found, live) else None


def _decide(
    seen: _Seen, found: ProviderRecording, *, new_id: str, run_id: str, again: bool, origin: Origin, now: datetime
) -> _Outcome:
    begins_live = found.state in LIVE_STATES and not _is_older(found, seen.live)
    after = seen.ours or news.begin(new_id, seen.room, is_live=begins_live, origin=origin, now=now)
    entities: tuple[ProviderLink | Run | Recording, ...] = ()
    if seen.link is None:
        after = news.adopt(after, found, now=now)
        entities += (_link(found, after, seen.room, now),)
    is_importing = seen.run is not None and seen.run.state is RunState.LIVE
    after = news.hear(after, found, is_importing=is_importing, origin=origin, now=now)
    run = seen.run
    is_due = after.current_run is None or (again and not is_importing)
    if after.state is State.PROCESSING and found.state is ProviderState.UPLOADED and is_due:
        after, run = news.begin_import(after, run_id, origin=origin, now=now)
        entities += (run,)
    if after == seen.ours:
        return _Outcome(followed=Followed(recording=after), run=run)
    if after.state is State.CAPTURING and seen.live is not None and seen.live.id != after.id:
        entities += (news.stop(seen.live, origin=origin, now=now),)
    room = _room_with(seen.room, after, now=now)
    entities += (after, *(() if room == seen.room else (room,)))
    return _Outcome(followed=Followed(recording=after, changed=True), entities=entities, run=run)


def _is_older(found: ProviderRecording, live: Recording | None) -> bool:
    """Whether this began before what is live in its room: the provider records a meeting once at a time."""
    if live is None:
        return False
    began = news.began_at(found)
    return began is not None and began < (details_of(live).started_at or live.created_at)


def _link(found: ProviderRecording, taken: Recording, room: Room, now: datetime) -> ProviderLink:
    return ProviderLink(
        thing=ProviderThing.RECORDING, provider_id=found.id, room_id=room.id, recording_id=taken.id, created_at=now
    )


def _room_with(room: Room, recording: Recording, *, now: datetime) -> Room:
    """The room after one of its recordings moved: it names the live one, and is synced while any is open."""
    live = None if room.live_recording == recording.id else room.live_recording
    if recording.state is State.CAPTURING:
        live = recording.id
    sync_at = room.sync_at
    if sync_at is None and recording.state in news.OPEN:
        sync_at = next_sync(room, has_open=True, now=now)
    return replace(room, live_recording=live, sync_at=sync_at)


def _fail(
    recording: Recording, failure: Failure, transaction: RoomsTransaction, *, origin: Origin, now: datetime
) -> None:
    failed = news.fail(recording, failure, origin=origin, now=now)
    transaction.save(failed)
    room = transaction.room(details_of(failed).room_id)
    if room is not None:
        transaction.save(_room_with(room, failed, now=now))


def _live_run(recording: Recording, transaction: RoomsTransaction) -> Run | None:
    run = transaction.run(recording.current_run) if recording.current_run else None
    return run if run is not None and run.state is RunState.LIVE else None


def _enqueue(run: Run | None, *, tasks: Tasks) -> None:
    for task in run.tasks() if run is not None else ():
        tasks.enqueue(task)
