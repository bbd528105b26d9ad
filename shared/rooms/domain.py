"""Rooms, their tenants' wishes, and what the family knows of a recording. Pure.

A room owns one meeting at the provider. Of all the recordings of a room at most one is live (`capturing`): the room
names it, and whoever starts, adopts or ends one does so in a transaction over both documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.recordings.files import RestoreTier, StoredFile
from shared.recordings.recording import Recording, State, StoredObject
from shared.structs import Struct, field

#: The words of the wire.
WORD_OF_STATE: Mapping[State, str] = {
    State.CAPTURING: "recording",
    State.PROCESSING: "processing",
    State.READY: "ready",
    State.ARCHIVED: "archived",
    State.FAILED: "failed",
}

DOWNLOAD_URL_LIFETIME = timedelta(hours=1)
WEBHOOK_URL_LIFETIME = timedelta(hours=24)
#: How long a start whose outcome is not known keeps its room.
START_DEADLINE = timedelta(minutes=2)
#: So often must the provider know nothing of such a start, after the deadline, before it has failed.
MISSES_BEFORE_FAILED = 2
SYNC_EVERY = timedelta(minutes=15)
#: How long a recording may be processing before somebody asks the provider.
STALLED_AFTER = timedelta(hours=1)
#: The provider's copy is deleted then, and what has not been imported some time before is an error.
PROVIDER_KEEPS_FOR = timedelta(days=7)
IMPORTED_BY = timedelta(days=5)
ARCHIVED_AFTER = timedelta(days=7)
#: Seconds that the provider takes for a recording's longest duration.
SHORTEST_LIMIT_S, LONGEST_LIMIT_S = 60, 86_400


class RoomStatus(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"
    DELETED = "deleted"  #: seen by nobody; kept so that what its meeting recorded still finds its way


class RoomConfig(Struct, frozen=True, kw_only=True):
    """What a room allows."""

    max_participants: int | None = None
    recording_enabled: bool = True
    chat_enabled: bool = True


class Room(Struct, frozen=True, kw_only=True):
    """A room and its meeting."""

    id: str
    tenant_id: str
    name: str
    config: RoomConfig
    meeting_id: str
    created_at: datetime
    updated_at: datetime
    status: RoomStatus = RoomStatus.ACTIVE
    ended_at: datetime | None = None
    records_on_start: bool = False  #: what the provider was told: every meeting is recorded by itself
    live_recording: str | None = None  #: the recording that is `capturing`
    sync_at: datetime | None = None  #: when the provider is to be asked about this room; None: not by itself


class WebhookTarget(Struct, frozen=True, kw_only=True):
    """Where a tenant wants to hear of finished recordings."""

    url: str
    sealed_secret: str  #: encrypted under the key of the settings
    enabled: bool = True
    include_recording: bool = True
    include_transcript: bool = False
    include_summary: bool = False


class Tenant(Struct, frozen=True, kw_only=True):
    """A tenant's wishes. Made with its first room, or when it first says what it wants."""

    id: str
    auto_start_recording: bool = False
    recording_retention_days: int = 30
    max_recording_duration_minutes: int = 120
    post_meeting_webhook: WebhookTarget | None = None

    @property
    def retention(self) -> timedelta:
        return timedelta(days=self.recording_retention_days)


class ProviderThing(StrEnum):
    MEETING = "meeting"
    RECORDING = "recording"


class ProviderLink(Struct, frozen=True, kw_only=True):
    """To whom something of the provider belongs. Made in the transaction that takes it, so nothing is taken twice.

    It outlives its recording: what was deleted is not found and imported anew.
    """

    thing: ProviderThing
    provider_id: str
    room_id: str
    created_at: datetime
    recording_id: str | None = None


class DeletedBy(StrEnum):
    OWNER = "owner"
    RETENTION = "retention"


class DeletedRecording(Struct, frozen=True, kw_only=True):
    """A recording that nobody sees any more; its files stay until its retention is over."""

    id: str
    tenant_id: str
    recording: Recording
    deleted_at: datetime
    deleted_by: DeletedBy
    ended_at: datetime  #: from when its retention counts
    has_files: bool = True


class MediaFacts(Struct, frozen=True, kw_only=True):
    """What a probe saw in the file."""

    duration_seconds: float | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    width: int | None = None
    height: int | None = None


class Arrival(Struct, frozen=True, kw_only=True):
    """An import that has begun: what must be the same for the next attempt to go on with it."""

    upload_id: str
    source_etag: str | None  #: of the provider's file; None: it has none, so nothing can be gone on with
    size_bytes: int
    part_bytes: int


class RestoreRequest(Struct, frozen=True, kw_only=True):
    """The last time that somebody asked for a cold file."""

    tier: RestoreTier
    requested_at: datetime
    eta: datetime


class RoomRecordingDetails(Struct, frozen=True, kw_only=True):
    """The family's facts of a recording.

    A start whose outcome is not known has no `provider_id`; it has until `start_deadline`, and then as many misses.
    """

    room_id: str
    room_name: str
    meeting_id: str
    provider_id: str | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    ended_at: datetime | None = None  #: stopped or given up: retention counts from here
    start_deadline: datetime | None = None
    start_misses: int = 0
    look_at: datetime | None = None  #: when a job is to ask the provider about it; None: nothing is open
    duration_seconds: float | None = None
    size_bytes: int | None = None
    arrival: Arrival | None = None  #: while its file is being imported
    file: StoredFile | None = None  #: in the hot store
    copy: StoredFile | None = None  #: in the cold store, verified
    archived_at: datetime | None = None
    restore: RestoreRequest | None = None
    facts: MediaFacts | None = None
    thumbnail: StoredObject | None = None
    reported_at: datetime | None = None  #: when its coming loss at the provider was logged


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class DeliveryAttempt(Struct, frozen=True, kw_only=True):
    """One try to deliver, and how it ended."""

    at: datetime
    duration_ms: int
    status: int | None = None  #: of the answer; None where there was none
    error: str | None = None


#: One try, and then one after each of these.
RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)


class Delivery(Struct, frozen=True, kw_only=True):
    """One thing to be told to a tenant's server, and every attempt. What it says is rendered anew by each attempt."""

    id: str
    tenant_id: str
    recording_id: str
    event: str
    url: str
    created_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    round: int = 1  #: of tries: asking for a redelivery begins the next
    tries: int = 0  #: of this round
    next_attempt_at: datetime | None = None
    attempts: tuple[DeliveryAttempt, ...] = ()


class ReceivedWebhook(Struct, frozen=True, kw_only=True):
    """A webhook that came before; kept for as long as its sender may repeat it."""

    id: str
    expire_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


def next_sync(room: Room, *, has_open: bool, now: datetime) -> datetime | None:
    """When the provider is to be asked about a room again by itself; None: not until something begins."""
    records_by_itself = room.records_on_start and room.status is RoomStatus.ACTIVE
    return now + SYNC_EVERY if has_open or records_by_itself else None


def is_recorded_by_itself(room: Room, tenant: Tenant | None) -> bool:
    """Whether the provider is to record every meeting of the room without being asked."""
    wanted = tenant is not None and tenant.auto_start_recording
    return wanted and room.config.recording_enabled and room.status is RoomStatus.ACTIVE


def file_key(recording_id: str) -> str:
    """The key of a recording's file: the same in both stores, and for every attempt, so that parts can be reused."""
    return f"{file_prefix(recording_id)}recording.mp4"


def file_prefix(recording_id: str) -> str:
    """What all keys of a recording begin with."""
    return f"rooms/{recording_id}/"
