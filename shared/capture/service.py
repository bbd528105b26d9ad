"""Creating recordings, and taking in their videos."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.capture.api import NewRecording
from shared.capture.domain import (
    UPLOAD_URL_LIFETIME,
    UPLOAD_WITHIN,
    CaptureDetails,
    Navigation,
    default_name,
)
from shared.capture.event_blocks import (
    RawEvent,
)
from shared.capture.events import StoredEvents, navigations_of, read_events, store_events
from shared.capture.reading import details_of, find_recording
from shared.errors import Conflict, NotFound
from shared.ports import Clock, Ids, Media, Recordings, Tasks, Transaction
from shared.recordings import lifecycle
from shared.recordings.codec import to_plain
from shared.recordings.idempotency import Once
from shared.recordings.lifecycle import Origin
from shared.recordings.objects import UploadName
from shared.recordings.recording import Bucket, Caller, Family, Recording, State
from shared.recordings.runs import Run, start_run
from shared.recordings.uploads import find_upload, settle_upload
from shared.structs import Struct, replace


class Created(Struct, frozen=True):
    """A recording and, where a video is to come, the URL that takes it."""

    recording: Recording
    upload_url: str | None


def create_recording(
    new: NewRecording,
    *,
    by: Caller,
    once: Once,
    recordings: Recordings,
    media: Media,
    tasks: Tasks,
    ids: Ids,
    clock: Clock,
) -> Created:
    """Store the events, then the recording; without a video its processing starts at once.

    Raises:
        InvalidRequest: an event or a navigation is not what it should be.
    """
    if once.made is not None:
        recording = find_recording(once.made, by=by, recordings=recordings)
        _start_again(recording, recordings=recordings, tasks=tasks)
        return Created(recording, _upload_url(recording, media))
    events = read_events(new)
    navigations = navigations_of(new, events)
    recording_id, now = ids.uuid(), clock.now()
    details = _details(new, events, navigations, store_events(recording_id, events, media))
    recording = _begin(recording_id, details, by=by, now=now)
    run = None
    if not details.has_video:
        run = start_run(ids.uuid(), recording_id, "capture_events_only", source=None, now=now)
        recording = replace(recording, current_run=run.id)
    recordings.transact(partial(_save_new, recording=recording, run=run, once=once, now=now))
    for task in run.tasks() if run else ():
        tasks.enqueue(task)
    return Created(recording, _upload_url(recording, media))


def confirm_video(
    id: str,
    *,
    by: Caller,
    recordings: Recordings,
    media: Media,
    tasks: Tasks,
    ids: Ids,
    now: datetime,
) -> Recording:
    """Start the processing of an uploaded video; later, or the second time, nothing changes.

    Raises:
        NotFound: there is no such recording.
        Conflict: it has no video, or the video is not there or empty.
    """
    recording = find_recording(id, by=by, recordings=recordings)
    if not details_of(recording).has_video:
        raise Conflict("this recording was created without a video")
    if recording.state is not State.AWAITING_MEDIA:
        return recording
    stored = find_upload(recording, media=media)
    if stored is None or stored.size_bytes == 0:
        raise Conflict("the video has not been uploaded, or is empty")
    settlement = settle_upload(
        stored,
        UploadName(Family.CAPTURE, id),
        by=by.actor,
        recordings=recordings,
        media=media,
        tasks=tasks,
        ids=ids,
        now=now,
    )
    if settlement.recording is None:
        raise NotFound("recording not found")
    return settlement.recording


def finished_details(
    details: CaptureDetails,
    *,
    remuxed: Mapping[str, Any],
    previews: Mapping[str, Any],
    summary: Mapping[str, Any],
) -> dict[str, Any]:
    """What the end of processing adds to a recording, from the results of its steps."""
    added: dict[str, Any] = {
        "video": remuxed.get("video"),
        "poster": previews.get("poster"),
        "storyboard": previews.get("storyboard"),
        "event_summary": summary.get("event_summary"),
    }
    if remuxed and not details.is_duration_known:
        added |= {"duration_ms": remuxed["facts"]["duration_ms"], "is_duration_known": True}
    return added


def _details(
    new: NewRecording,
    events: list[RawEvent],
    navigations: tuple[Navigation, ...],
    stored: StoredEvents,
) -> CaptureDetails:
    duration_ms = _duration_ms(new, events)
    return CaptureDetails(
        name=new.name if new.name is not None else default_name(new.started_at),
        started_at=new.started_at,
        ended_at=new.ended_at,
        duration_ms=duration_ms or 0,
        event_count=len(events),
        has_video=new.has_video,
        has_audio=new.has_audio,
        navigations=navigations,
        project_id=new.project_id,
        events=stored.events,
        block_index=stored.block_index,
        events_bytes=stored.index.inflated_bytes,
        is_duration_known=duration_ms is not None,
    )


def _duration_ms(new: NewRecording, events: list[RawEvent]) -> int | None:
    if new.duration_ms is not None:
        return new.duration_ms
    if new.ended_at is not None:
        return round((new.ended_at - new.started_at) / timedelta(milliseconds=1))
    return int(events[-1].at_ms - events[0].at_ms) if len(events) > 1 else None


def _begin(id: str, details: CaptureDetails, *, by: Caller, now: datetime) -> Recording:
    recording = Recording(
        id=id,
        family=Family.CAPTURE,
        tenant_id=by.tenant_id,
        user_id=by.user_id,
        state=State.AWAITING_MEDIA if details.has_video else State.PROCESSING,
        created_at=now,
        updated_at=now,
        upload_deadline=now + UPLOAD_WITHIN if details.has_video else None,
        details=to_plain(details),
    )
    return lifecycle.begin(recording, origin=Origin(actor=by.actor))


def _save_new(transaction: Transaction, *, recording: Recording, run: Run | None, once: Once, now: datetime) -> None:
    once.complete(transaction, recording.id, now=now)
    transaction.save(recording)
    if run is not None:
        transaction.save(run)


def _start_again(recording: Recording, *, recordings: Recordings, tasks: Tasks) -> None:
    """Enqueue what the request that made this recording may have died before it could; twice is harmless."""
    run = recordings.find_run(recording.current_run) if recording.current_run else None
    for task in run.tasks() if run else ():
        tasks.enqueue(task)


def _upload_url(recording: Recording, media: Media) -> str | None:
    if not details_of(recording).has_video:
        return None
    name = UploadName(Family.CAPTURE, recording.id).render()
    return media.signed_put(Bucket.UPLOADS, name, lifetime=UPLOAD_URL_LIFETIME)
