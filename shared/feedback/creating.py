"""Creating a recording: what the client knows of it is kept, and the video may come."""

from __future__ import annotations

from datetime import datetime

from shared.feedback.api import NewRecording
from shared.feedback.domain import UPLOAD_URL_LIFETIME, UPLOAD_WITHIN, FeedbackDetails
from shared.feedback.service import details_of, find_recording
from shared.feedback.shapes import read_metadata, store_context, store_metadata
from shared.ports import Clock, Ids, Media, Recordings, Transaction, UploadPolicy
from shared.recordings import lifecycle
from shared.recordings.codec import to_plain
from shared.recordings.idempotency import Once
from shared.recordings.lifecycle import Origin
from shared.recordings.objects import UploadName
from shared.recordings.recording import NOBODY, Bucket, Family, Recording, State
from shared.recordings.visitors import Visitor
from shared.structs import Struct


class DirectUpload(Struct, frozen=True, kw_only=True):
    """Where the video of one recording may be put, for a while."""

    url: str
    object_key: str
    content_type: str


class Created(Struct, frozen=True, kw_only=True):
    """A recording, and what its maker needs to go on."""

    recording: Recording
    upload: DirectUpload | None  #: None where URLs are not offered
    token: str | None  #: None where it would be of no use: no URL is offered, and the recording is somebody's


def create_recording(
    new: NewRecording,
    *,
    by: Visitor,
    once: Once,
    recordings: Recordings,
    media: Media,
    policy: UploadPolicy,
    ids: Ids,
    clock: Clock,
) -> Created:
    """Keep what was sent, then the recording; without credentials it is nobody's until it is claimed."""
    if once.made is not None and by.caller is not None:
        return _created(find_recording(once.made, by=by.caller, recordings=recordings), media=media, policy=policy)
    id, now = ids.uuid(), clock.now()
    recording = _begin(id, _details(id, new, media=media), by=by, now=now)

    def attempt(transaction: Transaction) -> None:
        once.complete(transaction, id, now=now)
        transaction.save(recording)

    recordings.transact(attempt)
    return _created(recording, media=media, policy=policy)


def _details(id: str, new: NewRecording, *, media: Media) -> FeedbackDetails:
    metadata = read_metadata(new.metadata)
    members = {
        "metadata": new.metadata,
        "actions": new.actions,
        "browserState": new.browser_state,
        "elements": new.elements,
    }
    return FeedbackDetails(
        duration_s=metadata.duration,
        session_id=metadata.session_id,
        video_content_type=new.video_content_type,
        context=store_context(id, members, media=media),
        metadata=store_metadata(id, new.metadata, media=media),
    )


def _begin(id: str, details: FeedbackDetails, *, by: Visitor, now: datetime) -> Recording:
    recording = Recording(
        id=id,
        family=Family.FEEDBACK,
        tenant_id=by.caller.tenant_id if by.caller else NOBODY,
        user_id=by.caller.user_id if by.caller else NOBODY,
        state=State.AWAITING_MEDIA,
        created_at=now,
        updated_at=now,
        upload_deadline=now + UPLOAD_WITHIN,
        details=to_plain(details),
    )
    return lifecycle.begin(recording, origin=Origin(actor=by.actor))


def _created(recording: Recording, *, media: Media, policy: UploadPolicy) -> Created:
    upload = _direct_upload(recording, media=media) if policy.offers_urls else None
    needs_token = upload is not None or not recording.is_claimed
    return Created(recording=recording, upload=upload, token=policy.token_of(recording.id) if needs_token else None)


def _direct_upload(recording: Recording, *, media: Media) -> DirectUpload:
    name, content_type = UploadName(Family.FEEDBACK, recording.id).render(), details_of(recording).video_content_type
    url = media.signed_put(Bucket.UPLOADS, name, lifetime=UPLOAD_URL_LIFETIME, content_type=content_type)
    return DirectUpload(url=url, object_key=name, content_type=content_type)
