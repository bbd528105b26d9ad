"""How an upload becomes a run: by the storage trigger, by the confirm endpoint, or by the sweep.

Whoever comes first wins; everybody else finds nothing left to do.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.errors import NotFound
from shared.ports import Ids, Media, Recordings, Tasks, Transaction
from shared.recordings import lifecycle
from shared.recordings.lifecycle import Cause, Origin
from shared.recordings.objects import OutputName, UploadName, parse, step_prefix
from shared.recordings.outcomes import Permanent, Transient
from shared.recordings.pipelines import PIN_UPLOAD
from shared.recordings.recording import Bucket, Failure, Family, Recording, State, StoredObject
from shared.recordings.runs import Run, RunState, StepState, StepTask, cancel, start_run
from shared.structs import Struct, replace

#: The pipeline that a confirmed upload starts, by family.
PIPELINE_OF_UPLOAD = {Family.CAPTURE: "capture_with_video", Family.FEEDBACK: "feedback_intake"}
#: The largest upload, in bytes, by family; judged when it has arrived.
UPLOAD_CAP_BYTES = {Family.CAPTURE: 1024**3, Family.FEEDBACK: 1024**3, Family.SESSIONS: 100 * 1024**2}
#: The largest upload, in bytes, for a recording that nobody has claimed.
UNCLAIMED_CAP_BYTES = 100 * 1024**2
#: In these families a newer upload takes the place of the one before, until another pipeline has begun with that one.
REPLACED_BY_NEWER = frozenset({Family.FEEDBACK})

#: In these families an upload waits for the request that names it; one that nobody names is swept after a day.
NAMED_BY_REQUESTS = frozenset({Family.SESSIONS})

EMPTY = Failure(code="empty_upload", message="The uploaded video is empty (0 bytes).")
EXPIRED = Failure(code="upload_expired", message="No video was uploaded in time.")


class Settled(StrEnum):
    """What became of a look at an upload."""

    STARTED = "started"  #: this look started the run
    UNCHANGED = "unchanged"  #: it was settled before
    FAILED = "failed"  #: the recording has failed because of what was uploaded
    UNWANTED = "unwanted"  #: no such recording: the object goes
    LATE = "late"  #: the recording is settled with another upload: the object goes


class Settlement(Struct, frozen=True):
    """What became of an upload."""

    outcome: Settled
    recording: Recording | None = None
    tasks: tuple[StepTask, ...] = ()


def settle_upload(
    stored: StoredObject,
    name: UploadName,
    *,
    by: str,
    recordings: Recordings,
    media: Media,
    tasks: Tasks,
    ids: Ids,
    now: datetime,
) -> Settlement:
    """Take note that `stored` has arrived: start its run, or fail the recording, or remove the object."""
    run_id = ids.uuid()

    def attempt(transaction: Transaction) -> Settlement:
        recording = transaction.recording(name.recording_id)
        if recording is None and name.family in NAMED_BY_REQUESTS and not transaction.tombstone(name.recording_id):
            return Settlement(Settled.UNCHANGED)
        if recording is None or recording.family is not name.family:
            return Settlement(Settled.UNWANTED)
        if recording.state is not State.AWAITING_MEDIA:
            return _settle_again(transaction, recording, stored, run_id=run_id, origin=Origin(actor=by), now=now)
        return _settle(transaction, recording, stored, run_id=run_id, origin=Origin(actor=by), now=now)

    settlement = recordings.transact(attempt)
    if settlement.outcome in (Settled.UNWANTED, Settled.FAILED, Settled.LATE):
        media.delete(stored)
    for task in settlement.tasks:
        tasks.enqueue(task)
    return settlement


def settle_event(
    event: StoredObject,
    *,
    recordings: Recordings,
    media: Media,
    tasks: Tasks,
    ids: Ids,
    now: datetime,
) -> None:
    """Take note of an object that storage says is complete; what belongs to no recording is removed."""
    name = parse(event.name)
    if not isinstance(name, UploadName):
        media.delete(event)
        return
    settle_upload(
        event,
        name,
        by="trigger:video_finalized",
        recordings=recordings,
        media=media,
        tasks=tasks,
        ids=ids,
        now=now,
    )


def find_upload(recording: Recording, *, media: Media) -> StoredObject | None:
    """What the client has uploaded for this recording so far, or None."""
    return media.describe(Bucket.UPLOADS, UploadName(recording.family, recording.id).render())


def pin_upload(recording: Recording, source: StoredObject | None, name: OutputName, *, media: Media) -> StoredObject:
    """Copy what was uploaded to the media bucket.

    A client that uploads again before this has replaced the generation that was confirmed; nothing has read that one
    yet, so the newer one takes its place.

    Raises:
        Permanent: there is nothing to copy, or what took its place cannot be taken.
    """
    if source is not None:
        try:
            return media.copy(source, name.render())
        except FileNotFoundError:
            pass
    newer = find_upload(recording, media=media)
    if newer is None:
        raise Permanent("upload_gone", "The uploaded video is no longer there.")
    if failure := _judge(newer, recording):
        raise Permanent(failure.code, failure.message)
    try:
        return media.copy(newer, name.render())
    except FileNotFoundError as error:
        raise Transient("the upload is being replaced") from error


def drop_temporary(run_id: str, *, recordings: Recordings, media: Media) -> None:
    """Remove what a pipeline does not keep once its run has ended; harmless at any other time."""
    run = recordings.find_run(run_id)
    if run is None or run.state is RunState.LIVE or not run.plan.temporary or run.source is None:
        return
    newest = media.describe(run.source.bucket, run.source.name)  # it may have been uploaded again
    if newest is not None and PIN_UPLOAD in run.plan.temporary:
        media.delete(newest)
    family = Family(run.source.name.partition("/")[0])
    for step in run.plan.temporary:
        media.delete_prefix(Bucket.MEDIA, step_prefix(family, run.recording_id, run.id, step.name))


def expire_upload(recording_id: str, *, recordings: Recordings, now: datetime) -> Recording:
    """Fail a recording whose upload never came.

    Raises:
        NotFound: it has been deleted.
    """

    def attempt(transaction: Transaction) -> Recording:
        recording = transaction.recording(recording_id)
        if recording is None:
            raise NotFound
        if recording.state is not State.AWAITING_MEDIA:
            return recording
        origin = Origin(actor="job:expire_uploads")
        failed = lifecycle.apply(recording, Cause.GAVE_UP, now=now, origin=origin, failure=EXPIRED)
        transaction.save(failed)
        return failed

    return recordings.transact(attempt)


def _settle(
    transaction: Transaction, recording: Recording, stored: StoredObject, *, run_id: str, origin: Origin, now: datetime
) -> Settlement:
    """Start the run of an upload, or fail the recording because of it."""
    if failure := _judge(stored, recording):
        if recording.state is State.AWAITING_MEDIA:
            recording = lifecycle.apply(recording, Cause.GAVE_UP, now=now, origin=origin, failure=failure)
            transaction.save(recording)
        return Settlement(Settled.FAILED, recording)
    cause = Cause.MEDIA_CONFIRMED if recording.state is State.AWAITING_MEDIA else Cause.NEW_RUN
    run = start_run(run_id, recording.id, PIPELINE_OF_UPLOAD[recording.family], source=stored, now=now)
    moved = lifecycle.apply(recording, cause, now=now, origin=origin)
    moved = replace(moved, current_run=run.id, upload=stored)
    transaction.save(moved, run)
    return Settlement(Settled.STARTED, moved, run.tasks())


def _settle_again(
    transaction: Transaction, recording: Recording, stored: StoredObject, *, run_id: str, origin: Origin, now: datetime
) -> Settlement:
    """An upload of a recording that has had one before, or has given up waiting for it."""
    known = recording.upload.generation if recording.upload else 0
    if recording.family not in REPLACED_BY_NEWER or stored.generation <= known:
        return Settlement(Settled.UNCHANGED, recording, _unstarted(transaction, recording))
    run = transaction.run(recording.current_run) if recording.current_run else None
    if run is None or run.pipeline == PIPELINE_OF_UPLOAD[recording.family]:
        settlement = _settle(transaction, recording, stored, run_id=run_id, origin=origin, now=now)
        if run is not None and run.state is RunState.LIVE and settlement.outcome is Settled.STARTED:
            transaction.save(cancel(run, now=now))
        return settlement
    if run.state is RunState.LIVE and run.steps[PIN_UPLOAD.name].state is not StepState.DONE:
        return Settlement(Settled.UNCHANGED, recording)  # it has replaced the one that is still to be copied
    return Settlement(Settled.LATE, recording)


def _unstarted(transaction: Transaction, recording: Recording) -> tuple[StepTask, ...]:
    """The first tasks of a run whose starter may have died before it could enqueue them."""
    if recording.state is not State.PROCESSING or recording.current_run is None:
        return ()
    run: Run | None = transaction.run(recording.current_run)
    return run.tasks() if run else ()


def cap_bytes(recording: Recording) -> int:
    """The largest upload that a recording takes, in bytes."""
    cap = UPLOAD_CAP_BYTES[recording.family]
    return cap if recording.is_claimed else min(cap, UNCLAIMED_CAP_BYTES)


def _judge(stored: StoredObject, recording: Recording) -> Failure | None:
    if stored.size_bytes == 0:
        return EMPTY
    cap = cap_bytes(recording)
    if stored.size_bytes > cap:
        message = f"The uploaded video has {stored.size_bytes:,} bytes; at most {cap:,} are taken."
        return Failure(code="too_large", message=message)
    return None
