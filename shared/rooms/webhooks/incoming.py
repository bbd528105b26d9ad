"""Webhooks that come in. They are hints: whoever sends one can make us ask the provider, and nothing else.

signature ─▶ seen before? ─▶ whose meeting? ─▶ a call on a queue ─▶ noted as seen ─▶ 200
                                                   └──▶ the provider is asked, and what it says is followed

Their sender repeats what was answered with 5xx, and nothing else. So only what we may get right later is an error of
ours, and a webhook is noted as seen when its call is safe on the queue, not before.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta

from shared.errors import InvalidRequest, Unauthorized
from shared.ports import Ids, Tasks
from shared.ports.meetings import Meetings, WebhookKeys
from shared.ports.ready_files import ReadyPolicy
from shared.ports.rooms import Rooms
from shared.ports.signed import SignedBody
from shared.recordings.calls import QueuedCall
from shared.recordings.lifecycle import Origin
from shared.rooms.domain import ProviderThing, ReceivedWebhook
from shared.rooms.files.ready_files import find_anywhere, keep_ready, ready_recording
from shared.rooms.following import follow_provider
from shared.rooms.webhooks.incoming_api import RealtimeKitNews, RecordingReady
from shared.rooms.webhooks.signatures import (
    REALTIMEKIT_HEADERS,
    SHARED_SECRET_HEADER,
    is_from_realtimekit,
    is_from_secret_holder,
)
from shared.structs import Struct

log = logging.getLogger("playhead.rooms")

#: The function that looks into a hint.
SYNC_RECORDING = "tasks_sync_recording"
ORIGIN = Origin(actor="task:sync_recording")
_REMEMBERED_FOR = timedelta(days=7)
_STATUS_UPDATE = "recording.statusUpdate"
_READY = "recording.ready"


class _Hint(Struct, frozen=True, kw_only=True):
    """What a webhook is about. `webhook_id` is the same for a repetition, and for nothing else."""

    webhook_id: str
    provider_id: str
    meeting_id: str | None


def receive_realtimekit(
    signed: SignedBody[RealtimeKitNews], *, keys: WebhookKeys, rooms: Rooms, tasks: Tasks, now: datetime
) -> None:
    """Take a webhook of RealtimeKit, once; one about something else, or of no room of ours, is passed over.

    Raises:
        InvalidRequest: it is not signed, or is no webhook.
        Unauthorized: somebody else has signed it.
        Upstream: it could not be checked or kept, and may come again.
    """
    signature = signed.header(*REALTIMEKIT_HEADERS)
    if not signature:
        raise InvalidRequest("there is no rtk-signature")
    if not is_from_realtimekit(signed.raw, signature, keys=keys):
        raise Unauthorized("the signature does not fit")
    news = signed.parse()
    if news.event != _STATUS_UPDATE or news.recording is None or news.recording.id is None:
        log.info("a webhook about something else was passed over")
        return
    meeting_id = news.recording.meeting_id or (news.meeting.id if news.meeting else None)
    uuid = signed.header("rtk-uuid") or ""  # not signed: it tells repetitions apart, but only of this very body
    hint = _Hint(webhook_id=_id_of(signed.raw, uuid), provider_id=news.recording.id, meeting_id=meeting_id)
    _take(hint, rooms=rooms, tasks=tasks, now=now)


def receive_ready(
    signed: SignedBody[RecordingReady], *, policy: ReadyPolicy, rooms: Rooms, tasks: Tasks, now: datetime
) -> None:
    """Take a webhook that says that a file is ready; its URL is kept for when the provider does not know of it.

    Raises:
        InvalidRequest: it is not signed, or is no webhook.
        Unauthorized: it is not signed with the secret, or this deployment has none.
        Upstream: it could not be kept, and may come again.
    """
    signature = signed.header(SHARED_SECRET_HEADER)
    if not signature:
        raise InvalidRequest(f"there is no {SHARED_SECRET_HEADER}")
    if not policy.secret or not is_from_secret_holder(signed.raw, signature, secret=policy.secret):
        raise Unauthorized("the signature does not fit")
    said = signed.parse()
    if said.type != _READY:
        log.info("a webhook about something else was passed over")
        return
    if said.url is not None and policy.trusts(said.url):
        found = ready_recording(
            said.recording_id, said.url, duration_seconds=said.duration_seconds, size_bytes=said.size_bytes
        )
        keep_ready(found, rooms=rooms, now=now)
    hint = _Hint(webhook_id=_id_of(signed.raw, _READY), provider_id=said.recording_id, meeting_id=said.meeting_id)
    _take(hint, rooms=rooms, tasks=tasks, now=now)


def look_into(
    provider_id: str, *, room_id: str, rooms: Rooms, meetings: Meetings, tasks: Tasks, ids: Ids, now: datetime
) -> None:
    """Ask the provider about a recording that a webhook was about, and follow what it says.

    Raises:
        Upstream: the provider, the database or the queue did not answer; it may be called again.
    """
    found = find_anywhere(provider_id, meetings=meetings, rooms=rooms)
    if found is None:
        log.warning("a webhook was about the recording %s, which RealtimeKit does not know", provider_id)
        return
    follow_provider(found, room_id=room_id, origin=ORIGIN, rooms=rooms, tasks=tasks, ids=ids, now=now)


def _take(hint: _Hint, *, rooms: Rooms, tasks: Tasks, now: datetime) -> None:
    if rooms.transact(lambda transaction: transaction.received(hint.webhook_id)) is not None:
        return
    room_id = _room_of(hint, rooms=rooms)
    if room_id is None:
        log.warning("a webhook was about a meeting of no room", extra={"fields": {"meeting_id": hint.meeting_id}})
        return
    arguments = {"room_id": room_id, "provider_id": hint.provider_id}
    tasks.call(QueuedCall(function=SYNC_RECORDING, key=hint.webhook_id, arguments=arguments))
    seen = ReceivedWebhook(id=hint.webhook_id, expire_at=now + _REMEMBERED_FOR)
    rooms.transact(lambda transaction: transaction.save(seen))


def _room_of(hint: _Hint, *, rooms: Rooms) -> str | None:
    """The room of the meeting; where the webhook does not say which that is, of the recording."""
    if hint.meeting_id is not None:
        link = rooms.find_link(ProviderThing.MEETING, hint.meeting_id)
    else:
        link = rooms.find_link(ProviderThing.RECORDING, hint.provider_id)
    return link.room_id if link is not None else None


def _id_of(body: bytes, uuid: str) -> str:
    return hashlib.sha256(uuid.encode() + b"\n" + body).hexdigest()
