"""Archiving: from the hot store to the cold one, and the hot file goes only when the copy is proven and on record.

    parts … ─▶ complete ─▶ copy kept ─▶ hot file removed ─▶ (the step's commit) archived
                          ╰ from here on the copy is the recording's file ╯

The copy is made of parts of the same sizes as the file: the store's own ETag of it is then the MD5 of the same MD5s,
and proves the bytes. Every arrow may be the last that happens: the next attempt finds where it was, and goes on.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from shared.errors import PlayheadError, Upstream
from shared.ports import Ids, Recordings, Tasks
from shared.ports.files import ColdFiles, HotFiles
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.codec import to_plain
from shared.recordings.files import StoredFile
from shared.recordings.finding import not_found
from shared.recordings.outcomes import Permanent
from shared.recordings.recording import Caller, Family, Recording, State
from shared.recordings.runs import Run, RunState, start_run
from shared.recordings.waiting import wait_for_run
from shared.rooms.files.checkpoints import keep
from shared.rooms.files.importing import CONTENT_TYPE
from shared.rooms.files.transfer import Progress, Transfer, finish, resume
from shared.rooms.reading import details_of, find_recording
from shared.structs import replace

log = logging.getLogger("playhead.rooms")

PIPELINE = "room_archive"
#: How long a request waits for a copy.
PATIENCE = timedelta(seconds=20)

_LOST = ("file_gone", "The recording's file is in neither store.")


class NotArchivable(PlayheadError):
    """Only a recording that is ready, and whose file is in R2, can be archived."""

    status, code = 400, "not_archivable"


def start_archive(recording: Recording, *, by: str, rooms: Rooms, tasks: Tasks, ids: Ids, now: datetime) -> Run:
    """Start the archiving of a recording and return its run; while one is under way, that one.

    Args:
        by: who wants it, for the log: a run knows nobody, and the history tells of moves only.

    Raises:
        NotFound: it was deleted meanwhile.
        NotArchivable: it is not ready, or not in the hot store.
    """
    run_id = ids.uuid()

    def attempt(transaction: RoomsTransaction) -> Run:
        current = transaction.recording(recording.id)
        if current is None:
            raise not_found(Family.ROOMS)
        earlier = transaction.run(current.current_run) if current.current_run else None
        if earlier is not None and earlier.state is RunState.LIVE and earlier.pipeline == PIPELINE:
            return earlier
        if current.state is not State.READY or details_of(current).file is None:
            raise NotArchivable
        run = start_run(run_id, current.id, PIPELINE, source=None, now=now)
        transaction.save(replace(current, current_run=run.id), run)
        return run

    run = rooms.transact(attempt)
    log.info("%s wants recording %s archived", by, recording.id)
    for task in run.tasks():
        tasks.enqueue(task)
    return run


def archive_recording(id: str, *, by: Caller, rooms: Rooms, tasks: Tasks, ids: Ids, now: datetime) -> Recording:
    """Have the caller's recording archived, and return it as it is when that is done, or when it takes too long.

    Raises:
        NotFound: there is no such recording.
        NotArchivable: it is not ready, or not in the hot store.
        Upstream: it was tried again and again, and could not be done.
    """
    recording = find_recording(id, by=by, rooms=rooms)
    run = start_archive(recording, by=by.actor, rooms=rooms, tasks=tasks, ids=ids, now=now)
    ended = wait_for_run(run.id, recordings=rooms, patience=PATIENCE)
    if ended.state is RunState.FAILED:
        raise Upstream("the recording could not be archived; it is as it was")
    return find_recording(id, by=by, rooms=rooms)


def archive_file(
    recording: Recording,
    *,
    run_id: str,
    progress: Progress,
    hot: HotFiles,
    cold: ColdFiles,
    recordings: Recordings,
) -> StoredFile:
    """Move the recording's file to the cold store; returns the copy, which is on record by then.

    Raises:
        Permanent: the file is nowhere.
        Upstream: a store did not do as it should; nothing is lost.
        LeaseLost: the recording is deleted, or another run has taken it.
    """
    details = details_of(recording)
    file = details.file
    if file is None:
        raise Permanent(*_LOST)
    copy = _find_copy(file, cold) or _make_copy(file, hot, cold, progress)
    progress.check()
    keep(recording, run_id=run_id, recordings=recordings, copy=to_plain(copy))
    hot.delete(file.key)
    return copy


def _find_copy(file: StoredFile, cold: ColdFiles) -> StoredFile | None:
    found = cold.describe(file.key)
    return found.with_parts_of(file.part_bytes) if found is not None and found.is_same(file) else None


def _make_copy(file: StoredFile, hot: HotFiles, cold: ColdFiles, progress: Progress) -> StoredFile:
    try:
        source = hot.open(file)
    except FileNotFoundError as error:
        raise Permanent(*_LOST) from error
    with source:
        begun = _begin(file, cold)
        source.seek(begun.stored_bytes)
        copy = finish(begun, source, store=cold, progress=progress)
    if not copy.is_same(file):
        cold.delete(file.key)
        raise Upstream("the copy is not the file")
    return copy


def _begin(file: StoredFile, cold: ColdFiles) -> Transfer:
    """The unfinished copy of an earlier attempt, or a new one; the file of a recording never changes."""
    partial = cold.find_partial(file.key) or cold.begin(file.key, content_type=CONTENT_TYPE)
    return resume(partial, size_bytes=file.size_bytes, part_bytes=file.part_bytes)
