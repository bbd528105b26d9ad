"""The jobs that repair and clean up, from Firestore and the buckets alone. Each may run twice at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from shared.ports import Ids, Media, Recordings, Tasks, Transaction
from shared.recordings import runs
from shared.recordings.attending import Swept, attend, every_due
from shared.recordings.deleting import purge
from shared.recordings.lifecycle import Origin
from shared.recordings.live import follow_run
from shared.recordings.objects import EditName, EventsName, ObjectName, OutputName, UploadName, parse
from shared.recordings.recording import Bucket, Family, Recording, StoredObject
from shared.recordings.runs import Run, RunState, Shard, StepState, StepTask
from shared.recordings.uploads import expire_upload, find_upload, settle_upload
from shared.recordings.work import complete_shards
from shared.structs import Struct, replace

SWEEP = Origin(actor="job:requeue_stalled")
ORPHANS_ARE_OLDER_THAN = timedelta(hours=24)


def requeue_stalled(*, recordings: Recordings, tasks: Tasks, now: datetime) -> Swept:
    """Give every step that lost its task or its worker a new one."""
    stalled_runs = every_due(partial(recordings.stalled_runs, now))
    stalled_shards = every_due(partial(recordings.stalled_shards, now))
    requeue_run = partial(_requeue_run, recordings=recordings, tasks=tasks, now=now)
    requeue_shard = partial(_requeue_shard, recordings=recordings, tasks=tasks, now=now)
    return attend(stalled_runs, requeue_run) + attend(stalled_shards, requeue_shard)


def _requeue_run(run: Run, *, recordings: Recordings, tasks: Tasks, now: datetime) -> int:
    unblocked: tuple[StepTask, ...] = ()
    for step, record in run.steps.items():
        if record.shards:
            unblocked += complete_shards(run.id, step, recordings=recordings, now=now)
    lost = {task.step for task in run.tasks() if not tasks.knows(task)}

    def attempt(transaction: Transaction) -> tuple[StepTask, ...]:
        found = transaction.run(run.id)
        if found is None or found.state is not RunState.LIVE:
            return ()
        recording = transaction.recording(found.recording_id)
        if recording is None or recording.current_run != found.id:
            transaction.save(runs.cancel(found, now=now))
            return ()
        current = _with_new_epochs(runs.fitted(found), lost=lost, now=now)
        transaction.save(current)
        follow_run(transaction, current, recording, SWEEP, now)
        return tuple(task for task in current.tasks() if task not in found.tasks())

    return _enqueue(unblocked + recordings.transact(attempt), tasks)


def _with_new_epochs(run: Run, *, lost: Set[str], now: datetime) -> Run:
    """The run with every step queued again that is due and has neither a task nor a worker."""
    for step, record in run.steps.items():
        looked_at = record.attention_at()
        if looked_at is None or looked_at > now:
            continue
        if record.shards:
            record = replace(record, lease_until=now + runs.QUEUE_PATIENCE)
        elif record.state is StepState.RUNNING or step in lost:
            record = runs.requeue(record, now=now)
        else:
            record = replace(record, queued_at=now)
        run = runs.with_step(run, step, record, now=now)
    return runs.advance(run, now=now)


def _requeue_shard(shard: Shard, *, recordings: Recordings, tasks: Tasks, now: datetime) -> int:
    is_lost = shard.record.state is StepState.RUNNING or not tasks.knows(shard.task)

    def attempt(transaction: Transaction) -> tuple[StepTask, ...]:
        found = transaction.shard(shard.run_id, shard.step, shard.number)
        if found is None or not found.is_open or found.record != shard.record:
            return ()
        run = transaction.run(shard.run_id)
        parent = run.steps.get(shard.step) if run is not None and run.state is RunState.LIVE else None
        if parent is None or parent.state is not StepState.RUNNING:
            transaction.save(replace(found, is_open=False, attention_at=None))
            return ()
        if not is_lost:
            transaction.save(found.with_record(replace(found.record, queued_at=now)))
            return ()
        again = found.with_record(runs.requeue(found.record, now=now))
        transaction.save(again)
        return (again.task,)

    return _enqueue(recordings.transact(attempt), tasks)


def _enqueue(lost: tuple[StepTask, ...], tasks: Tasks) -> int:
    for task in lost:
        tasks.enqueue(task)
    return len(lost)


def expire_uploads(*, recordings: Recordings, media: Media, tasks: Tasks, ids: Ids, now: datetime) -> Swept:
    """Confirm the uploads that nobody told us of, and fail the recordings whose upload never came."""

    def settle(recording: Recording) -> int:
        stored = find_upload(recording, media=media)
        if stored is None:
            expire_upload(recording.id, recordings=recordings, now=now)
        else:
            name = UploadName(recording.family, recording.id)
            by = "job:expire_uploads"
            settle_upload(stored, name, by=by, recordings=recordings, media=media, tasks=tasks, ids=ids, now=now)
        return 1

    return attend(every_due(partial(recordings.overdue_uploads, now)), settle)


def purge_deleted(*, recordings: Recordings, media: Media, now: datetime) -> Swept:
    """Finish what DELETE began, once nothing can be writing any more."""
    due = every_due(partial(recordings.due_purges, now))
    return attend(due, partial(purge, recordings=recordings, media=media, now=now))


def sweep_orphans(*, recordings: Recordings, media: Media, now: datetime) -> Swept:
    """Remove objects that no row reaches: of recordings that never came to be, and of attempts that lost."""

    def remove(old: _OldObjects) -> int:
        recording = recordings.find(old.id)
        orphans = [stored for stored, name in old.objects if not _is_reachable(name, recording, recordings)]
        for orphan in orphans:
            media.delete(orphan)
        return len(orphans)

    return attend(_by_recording(media, now - ORPHANS_ARE_OLDER_THAN), remove)


class _OldObjects(Struct, frozen=True):
    """The old objects in one bucket of one recording, if there is or ever was one of that id."""

    id: str
    objects: Iterable[tuple[StoredObject, ObjectName]]


def _by_recording(media: Media, before: datetime) -> Iterator[_OldObjects]:
    for bucket in Bucket:
        named = ((stored, name) for stored in media.older_than(bucket, before) if (name := parse(stored.name)))
        for recording_id, objects in groupby(named, key=lambda pair: pair[1].recording_id):
            yield _OldObjects(recording_id, objects)


def _is_reachable(name: ObjectName, recording: Recording | None, recordings: Recordings) -> bool:
    if recording is None and name.family is Family.ROOMS and isinstance(name, OutputName):
        return _is_committed(name, recordings)  # deleted by its owner, and kept until its retention is over
    if recording is None or recording.family is not name.family:
        return False
    if isinstance(name, EventsName):
        return True
    if isinstance(name, UploadName):
        return recording.upload_deadline is not None or _is_live(recording, recordings)
    if isinstance(name, EditName):
        return _mentions(recording.details, name.render())
    return _is_committed(name, recordings)


def _mentions(value: object, name: str) -> bool:
    """Whether some stored object of a recording's facts has this name."""
    if isinstance(value, Mapping):
        return any(_mentions(item, name) for item in value.values())
    return value == name


def _is_live(recording: Recording, recordings: Recordings) -> bool:
    run = recordings.find_run(recording.current_run) if recording.current_run else None
    return run is not None and run.state is RunState.LIVE


def _is_committed(name: OutputName, recordings: Recordings) -> bool:
    run = recordings.find_run(name.run_id)
    if run is None or name.step not in run.steps:
        return False
    if run.state is RunState.LIVE:
        return True
    if name.step in {step.name for step in run.plan.temporary}:
        return False
    record = run.steps[name.step]
    if name.shard is not None:
        shard = recordings.find_shard(run.id, name.step, name.shard)
        record = shard.record if shard is not None else record
    return record.state is StepState.DONE and record.fence == name.fence
