"""Reconciling rows with the files in both stores."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter

from shared.recordings.files import PartialFile, StoredFile, Tier
from shared.recordings.recording import Family, Recording, State
from shared.rooms.domain import PROVIDER_KEEPS_FOR, file_key
from shared.rooms.files.archiving import start_archive
from shared.rooms.reading import details_of
from shared.rooms.reconciling.disagreements import ACTOR, PAGE, Finding, Remedy, Sides
from shared.structs import Struct

#: What the key of every file of this family begins with.
PREFIX = f"{Family.ROOMS}/"
#: A provider counts seconds, and a file has frames.
DURATIONS_DIFFER_S = 2.0


class _Kept(Struct, frozen=True, kw_only=True):
    """A recording, and what the stores have under its key."""

    recording: Recording
    hot: StoredFile | None
    cold: StoredFile | None


def compare_files(sides: Sides) -> Iterator[Finding]:
    """What rows and files do not agree on, by the id of the recording."""
    for id, group in groupby(_side_by_side(sides), key=lambda one: one[0].partition("/")[0]):
        found = [one for _, one in group]
        rows = [one for one in found if isinstance(one, Recording)]
        files = [one for one in found if isinstance(one, StoredFile)]
        if not rows:
            yield from _find_strays(id, files, sides)
            continue
        yield from (Finding(_place(file), "nothing has that name") for file in files if file.key != file_key(id))
        at_its_key = {file.tier: file for file in files if file.key == file_key(id)}
        kept = _Kept(recording=rows[0], hot=at_its_key.get(Tier.HOT), cold=at_its_key.get(Tier.COLD))
        problems = list(_compare(kept, sides))
        # The row was read some time before the files: one that has moved on since is of no concern.
        if problems and sides.rooms.find(id) == rows[0]:
            yield from problems


def find_stale_uploads(sides: Sides) -> Iterator[Finding]:
    """Uploads that began over a day ago and that nobody goes on with; their parts are paid for until they go."""
    for tier in Tier:
        for upload in sides.store(tier).partials(PREFIX):
            if sides.is_settled(upload.begun_at) and not sides.has_live_run(sides.rooms.find(_id_of(upload.key))):
                remedy = Remedy("abort it", partial(_abort, upload, tier, sides))
                began = f"{upload.begun_at:%Y-%m-%d %H:%M}"
                yield Finding(f"{tier}:{upload.key}", f"an upload that began at {began} has not ended", remedy)


def _side_by_side(sides: Sides) -> Iterator[tuple[str, Recording | StoredFile]]:
    """Rows and files in one order: a row comes just before the files of its recording."""
    rows = ((f"{recording.id}/", recording) for recording in _rows(sides))
    files = (((file.key.removeprefix(PREFIX), file) for file in sides.store(tier).files(PREFIX)) for tier in Tier)
    return heapq.merge(rows, *files, key=itemgetter(0))


def _rows(sides: Sides) -> Iterator[Recording]:
    last = ""
    while page := sides.rooms.recordings_in_order(after=last, limit=PAGE):
        yield from page
        last = page[-1].id


def _find_strays(id: str, files: list[StoredFile], sides: Sides) -> Iterator[Finding]:
    if _is_known(id, sides):
        return
    for file in files:
        if sides.is_settled(file.modified_at):
            yield Finding(
                _place(file), "it belongs to no recording", Remedy("remove it", partial(_remove, file, sides))
            )


def _compare(kept: _Kept, sides: Sides) -> Iterator[Finding]:
    match kept.recording.state:
        case State.READY:
            yield from _compare_ready(kept, sides)
        case State.ARCHIVED:
            yield from _compare_archived(kept, sides)
        case _:
            yield from _compare_unfinished(kept, sides)


def _compare_ready(kept: _Kept, sides: Sides) -> Iterator[Finding]:
    recording, file = kept.recording, details_of(kept.recording).file
    if file is None:
        yield Finding(recording.id, "it is ready, and names no file")
    elif not any(found is not None and found.is_same(file) for found in (kept.hot, kept.cold)):
        elsewhere = "has another file under its key" if kept.hot else "does not have its file"
        yield Finding(recording.id, f"it is ready, and the hot store {elsewhere}")
    elif kept.cold is not None and not sides.has_live_run(recording):
        remedy = Remedy("archive it", partial(_archive, recording, sides))
        yield Finding(recording.id, "it is ready, and its archiving has not ended", remedy)
    if file is not None:
        yield from _compare_facts(recording, file)


def _compare_archived(kept: _Kept, sides: Sides) -> Iterator[Finding]:
    recording, copy = kept.recording, details_of(kept.recording).copy
    rest = ", and the hot store still has a file" if kept.hot else ""
    if copy is None or kept.cold is None:
        yield Finding(recording.id, f"it is archived, and the cold store does not have its copy{rest}")
        return
    if not kept.cold.is_same(copy):
        yield Finding(recording.id, f"it is archived, and the cold store has another file under its key{rest}")
    elif kept.hot is not None and kept.hot.is_same(copy):
        remedy = Remedy("remove the hot file", partial(_remove_leftover, recording, copy, sides))
        yield Finding(recording.id, "it is archived, and its file is still in the hot store", remedy)
    elif kept.hot is not None:
        yield Finding(recording.id, "it is archived, and the hot store has another file under its key")
    yield from _compare_facts(recording, copy)


def _compare_unfinished(kept: _Kept, sides: Sides) -> Iterator[Finding]:
    recording, ended_at = kept.recording, details_of(kept.recording).ended_at
    if kept.cold is not None:
        yield Finding(recording.id, f"it is {recording.state}, and the cold store has a file of it")
    if recording.state is State.FAILED:
        if kept.hot is not None:
            yield Finding(recording.id, "it has failed, and the hot store has a file of it")
    elif ended_at and ended_at + PROVIDER_KEEPS_FOR <= sides.now and not sides.has_live_run(recording):
        yield Finding(recording.id, "it was never imported, and the provider's copy is gone")


def _compare_facts(recording: Recording, file: StoredFile) -> Iterator[Finding]:
    """What the row says of itself in several places."""
    details = details_of(recording)
    if details.size_bytes not in (None, file.size_bytes):
        problem = f"it says that it has {details.size_bytes:,} bytes, and its file has {file.size_bytes:,}"
        yield Finding(recording.id, problem)
    measured = details.facts.duration_seconds if details.facts else None
    if durations_differ(details.duration_seconds, measured):
        problem = f"it says that it lasts {details.duration_seconds:g} s, and its file lasts {measured:g} s"
        yield Finding(recording.id, problem)


def durations_differ(one_s: float | None, other_s: float | None) -> bool:
    """Whether two durations, where both are known, are not of the same recording."""
    return one_s is not None and other_s is not None and abs(one_s - other_s) > DURATIONS_DIFFER_S


def _remove(file: StoredFile, sides: Sides) -> bool:
    if _is_known(_id_of(file.key), sides):
        return True
    sides.store(file.tier).delete(file.key)
    return True


def _remove_leftover(recording: Recording, copy: StoredFile, sides: Sides) -> bool:
    current, stored = sides.rooms.find(recording.id), sides.cold.describe(copy.key)
    if current is None or current.state is not State.ARCHIVED or stored is None or not stored.is_same(copy):
        return False
    sides.hot.delete(copy.key)
    return True


def _archive(recording: Recording, sides: Sides) -> bool:
    start_archive(recording, by=ACTOR, rooms=sides.rooms, tasks=sides.tasks, ids=sides.ids, now=sides.now)
    return True


def _abort(upload: PartialFile, tier: Tier, sides: Sides) -> bool:
    sides.store(tier).abort(upload)
    return True


def _is_known(id: str, sides: Sides) -> bool:
    """Whether there is a recording of that id, or one that was deleted and whose files are kept still."""
    if sides.rooms.find(id) is not None:
        return True
    deleted = sides.rooms.find_deleted(id)
    return deleted is not None and deleted.has_files


def _id_of(key: str) -> str:
    return key.removeprefix(PREFIX).partition("/")[0]


def _place(file: StoredFile) -> str:
    return f"{file.tier}:{file.key}"
