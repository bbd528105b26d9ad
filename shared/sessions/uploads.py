"""From a video to a running session: read the form, store the file, begin the run, and wait for it."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import datetime, timedelta
from typing import BinaryIO

from shared.errors import Conflict, InvalidRequest, NotFound, Upstream
from shared.ports import Clock, Ids, Media, Recordings, Tasks, Transaction, UrlGuard
from shared.ports.bodies import Form
from shared.recordings import finding
from shared.recordings.grants import UploadGrant
from shared.recordings.idempotency import KeyReused, Once
from shared.recordings.objects import UploadName
from shared.recordings.recording import Bucket, Caller, Family, Recording, StoredObject
from shared.recordings.runs import Run, RunState, start_run
from shared.recordings.waiting import wait_for_run
from shared.sessions.domain import (
    GRANT_LIFETIME,
    MAX_VIDEO_BYTES,
    PIPELINE,
    UPLOAD_URL_LIFETIME,
    AgentTarget,
    SessionDetails,
    sniff_video,
)
from shared.sessions.failures import ProcessingFailed
from shared.sessions.processing_api import UploadForm
from shared.sessions.service import begin_session, details_of, find_settings, unused_id
from shared.structs import Struct, replace


class Uploaded(Struct, frozen=True):
    """A recording that has arrived, and its run."""

    recording: Recording
    run: Run


def grant_upload(
    content_type: str, *, by: Caller, once: Once, recordings: Recordings, media: Media, ids: Ids, now: datetime
) -> tuple[UploadGrant, str]:
    """Leave to upload one file, and the URL that takes it."""

    def attempt(transaction: Transaction) -> UploadGrant:
        made_before = transaction.grant(once.made) if once.made is not None else None
        if made_before is not None:
            return made_before
        grant = UploadGrant(
            id=unused_id(transaction, ids),
            family=Family.SESSIONS,
            tenant_id=by.tenant_id,
            user_id=by.user_id,
            content_type=content_type,
            expire_at=now + GRANT_LIFETIME,
        )
        once.complete(transaction, grant.id, now=now)
        transaction.save(grant)
        return grant

    grant = recordings.transact(attempt)
    name = UploadName(Family.SESSIONS, grant.id).render()
    return grant, media.signed_put(Bucket.UPLOADS, name, lifetime=UPLOAD_URL_LIFETIME)


def begin_upload(
    form: Form,
    *,
    by: Caller,
    once: Once,
    recordings: Recordings,
    media: Media,
    tasks: Tasks,
    guard: UrlGuard,
    ids: Ids,
    clock: Clock,
) -> Uploaded:
    """Stream the file on to storage and start the run of its session.

    Raises:
        InvalidRequest: a field is not valid, there is no file or it is no video, or `seedUrl` leads into a private
            network; then nothing stays.
        Conflict: the upload id has become a session already, or the idempotency key came with another form.
    """
    file = _ReceivedFile(f"sess_{ids.code(8)}", media)
    with ExitStack() as unless_begun:
        unless_begun.callback(file.remove)
        fields = form.read(UploadForm, open_file=file.open, max_file_bytes=MAX_VIDEO_BYTES)
        if once.made is not None:
            return _made_before(once.made, form.digest, recordings=recordings, tasks=tasks)
        _check(fields.seed_url, guard)
        id, stored = _file_of(fields, file, by=by, recordings=recordings, media=media, now=clock.now())
        details = replace(_details(fields, stored, by=by, recordings=recordings), form_digest=form.digest)
        try:
            uploaded = _begin(id, details, stored, by=by, once=once, recordings=recordings, ids=ids, now=clock.now())
        except Upstream:
            unless_begun.pop_all()  # the commit may have arrived and its answer be lost; if not, a sweep finds the file
            raise
        unless_begun.pop_all()
    for task in uploaded.run.tasks():
        tasks.enqueue(task)
    return uploaded


def _made_before(id: str, digest: str, *, recordings: Recordings, tasks: Tasks) -> Uploaded:
    """The session that the same request has made, though it may have died before it could enqueue."""
    recording = recordings.find(id)
    run = recordings.find_run(recording.current_run) if recording is not None and recording.current_run else None
    if recording is None or run is None:
        raise finding.not_found(Family.SESSIONS)
    if details_of(recording).form_digest != digest:
        raise KeyReused
    for task in run.tasks():
        tasks.enqueue(task)
    return Uploaded(recording, run)


def finish_upload(uploaded: Uploaded, *, recordings: Recordings) -> Recording | None:
    """The session once its run has ended; None if it has not after 240 s.

    Raises:
        ProcessingFailed: the run failed, or the session was deleted meanwhile.
    """
    id, begun_at = uploaded.recording.id, uploaded.recording.created_at
    with suppress(NotFound):
        run = wait_for_run(uploaded.run.id, recordings=recordings)
        if run.state is RunState.LIVE:
            return None
        taken_ms = round(((run.ended_at or begun_at) - begun_at) / timedelta(milliseconds=1))
        if run.state is RunState.FAILED:
            raise ProcessingFailed(id, run.failure.message if run.failure else "", processing_ms=taken_ms)
        if recording := recordings.find(id):
            return recording
    raise ProcessingFailed(id, "the session was deleted", processing_ms=0)


def _check(seed_url: str, guard: UrlGuard) -> None:
    try:
        guard.check(seed_url)
    except InvalidRequest as error:
        raise InvalidRequest.of("seedUrl", "must lead to the public internet") from error


class _ReceivedFile:
    """The file of a form on its way to storage."""

    def __init__(self, id: str, media: Media) -> None:
        self.id = id
        self.is_open = False
        self._name = UploadName(Family.SESSIONS, id).render()
        self._media = media

    def open(self, head: bytes) -> AbstractContextManager[BinaryIO]:
        """Where the bytes go; its first ones say what kind of file it is."""
        self.is_open = True
        return self._media.writer(Bucket.UPLOADS, self._name, content_type=_type_of(head))

    def stored(self) -> StoredObject:
        stored = self._media.describe(Bucket.UPLOADS, self._name) if self.is_open else None
        if stored is None:
            raise InvalidRequest.of("file", "is required")
        return stored

    def remove(self) -> None:
        if self.is_open:
            self._media.delete_prefix(Bucket.UPLOADS, self._name)


def _file_of(
    fields: UploadForm, file: _ReceivedFile, *, by: Caller, recordings: Recordings, media: Media, now: datetime
) -> tuple[str, StoredObject]:
    """The id of the session to be, and its video: from the form, or from an earlier upload."""
    if fields.upload_id is None:
        return file.id, file.stored()
    if file.is_open:
        raise InvalidRequest.of("uploadId", "cannot come with a file")
    return fields.upload_id, _granted(fields.upload_id, by=by, recordings=recordings, media=media, now=now)


def _granted(id: str, *, by: Caller, recordings: Recordings, media: Media, now: datetime) -> StoredObject:
    """What was put under an upload id."""
    grant = recordings.transact(lambda transaction: transaction.grant(id))
    if grant is None or not grant.is_of(by, now=now):
        raise InvalidRequest.of("uploadId", "is unknown or over")
    stored = media.describe(Bucket.UPLOADS, UploadName(Family.SESSIONS, id).render())
    if stored is None or not 0 < stored.size_bytes <= MAX_VIDEO_BYTES:
        raise InvalidRequest.of("file", f"must have been uploaded, with 1 to {MAX_VIDEO_BYTES:,} bytes")
    try:
        head = media.read(stored, start=0, end=min(64, stored.size_bytes))
    except FileNotFoundError:
        raise InvalidRequest.of("file", "is being uploaded again") from None
    return replace(stored, content_type=_type_of(head))


def _type_of(head: bytes) -> str:
    mime_type = sniff_video(head)
    if mime_type is None:
        raise InvalidRequest.of("file", "must be a WebM, MP4 or Matroska video")
    return mime_type


def _details(fields: UploadForm, stored: StoredObject, *, by: Caller, recordings: Recordings) -> SessionDetails:
    target: AgentTarget = fields.agent_target or find_settings(by=by, recordings=recordings).default_agent
    return SessionDetails(
        title=fields.title,
        agent_target=target,
        seed_url=fields.seed_url,
        notes=fields.notes,
        duration_s=round((fields.duration_ms or 0) / 1000),
        mime_type=stored.content_type,
        file_size=stored.size_bytes,
    )


def _begin(
    id: str,
    details: SessionDetails,
    stored: StoredObject,
    *,
    by: Caller,
    once: Once,
    recordings: Recordings,
    ids: Ids,
    now: datetime,
) -> Uploaded:
    run = start_run(ids.uuid(), id, PIPELINE, source=stored, now=now)
    recording = replace(begin_session(id, details, by=by, now=now), current_run=run.id, upload=stored)

    def attempt(transaction: Transaction) -> None:
        if transaction.recording(id) is not None or transaction.tombstone(id) is not None:
            raise Conflict("this upload has become a session already")
        once.complete(transaction, id, now=now)
        transaction.save(recording, run)

    recordings.transact(attempt)
    return Uploaded(recording, run)
