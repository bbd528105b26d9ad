"""The wire of the capture family: snake_case, UUIDs, milliseconds, bare objects."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, cast

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from shared.capture.domain import MAX_NAVIGATIONS, MAX_URL_CHARS, WORD_OF_STATE, CaptureDetails, Navigation
from shared.errors import PlayheadError
from shared.recordings.recording import Recording, State
from shared.wire import RawJson, Timestamp, WireModel

CaptureId = Annotated[
    str,
    BeforeValidator(lambda id: id.lower() if isinstance(id, str) else id),
    StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
    WithJsonSchema({"type": "string", "format": "uuid"}),
]
Status = Literal["uploading", "processing", "ready", "failed"]
Milliseconds = Annotated[StrictInt, Field(ge=0, le=2**53 - 1)]

_EVENTS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": "rrweb events. Kept as they came; unknown types and extra keys too.",
    "items": {
        "type": "object",
        "required": ["type", "timestamp"],
        "properties": {
            "type": {"type": "integer", "description": "rrweb event type."},
            "data": {"description": "What happened; depends on the type."},
            "timestamp": {"type": "number", "description": "Epoch milliseconds."},
        },
    },
}


class ErrorOut(WireModel):
    """What went wrong."""

    message: str
    code: str | None = Field(None, description="Machine-readable.")
    request_id: str | None = None
    hint: str | None = None

    @staticmethod
    def of(error: PlayheadError, request_id: str) -> ErrorOut:
        return ErrorOut(message=error.message, code=error.code, request_id=request_id, hint=error.hint)


class NavigationWire(WireModel):
    """A page that was visited."""

    url: Annotated[str, Field(strict=True, max_length=MAX_URL_CHARS)]
    timestamp_ms: StrictInt = Field(description="Milliseconds from the start.", ge=0, le=2**53 - 1)


class NewRecording(WireModel):
    """A recording as a browser extension sends it."""

    name: Annotated[str, Field(strict=True, max_length=500)] | None = Field(
        None, description="Default: `Recording <started_at>`."
    )
    started_at: Timestamp
    ended_at: Timestamp | None = None
    duration_ms: Milliseconds | None = Field(
        None, description="Default: `ended_at - started_at`, else last minus first event."
    )
    event_count: Milliseconds | None = Field(None, description="Ignored: the server counts.")
    events: Annotated[RawJson, WithJsonSchema(_EVENTS_SCHEMA)]
    navigations: list[NavigationWire] | None = Field(
        None,
        max_length=MAX_NAVIGATIONS + 1,  # one more is refused with the cap's own words; all others unread
        description="Default: derived from the Meta events. At most 2,000 and 256 KiB.",
    )
    project_id: CaptureId | None = None
    has_video: StrictBool = Field(False, description="A video will be uploaded separately.")
    has_audio: StrictBool = Field(False, description="Whether that video has sound.")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> NewRecording:
        if self.ended_at is not None and self.ended_at < self.started_at:
            raise ValueError("ended_at is before started_at")
        return self


class RecordingCreated(WireModel):
    """The new recording."""

    id: CaptureId
    status: Status
    video_upload_url: str | None = Field(
        None,
        exclude_if=lambda url: url is None,
        description="Takes one PUT of the video within the hour; only with `has_video`.",
    )


class RecordingOut(WireModel):
    """A recording; the same in list and detail, every key always present."""

    id: CaptureId
    tenant_id: str
    project_id: CaptureId | None
    user_id: str
    name: str
    status: Status
    started_at: datetime
    ended_at: datetime | None
    duration_ms: int
    event_count: int
    has_video: bool
    has_audio: bool
    navigations: list[NavigationWire]
    journey_id: str | None
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def of(recording: Recording, details: CaptureDetails) -> RecordingOut:
        return RecordingOut.model_validate(
            {
                "id": recording.id,
                "tenant_id": recording.tenant_id,
                "project_id": details.project_id,
                "user_id": recording.user_id,
                "name": details.name,
                "status": status_of(recording.state),
                "started_at": details.started_at,
                "ended_at": details.ended_at,
                "duration_ms": details.duration_ms,
                "event_count": details.event_count,
                "has_video": details.has_video,
                "has_audio": details.has_audio,
                "navigations": [_navigation(one) for one in details.navigations],
                "journey_id": details.journey_id,
                "created_at": recording.created_at,
                "updated_at": recording.updated_at,
            }
        )


class ListQuery(WireModel):
    """Which recordings, and from where on."""

    limit: int = Field(25, ge=1, le=100)
    cursor: CaptureId | None = Field(None, description="The last id that was seen.")
    project_id: CaptureId | None = None
    status: Status | None = None


class RecordingList(WireModel):
    """One page, newest first."""

    recordings: list[RecordingOut]
    next_cursor: CaptureId | None = Field(description="null exactly on the last page.")


class EventsQuery(WireModel):
    """Which part of the events; both count from the first event."""

    from_ms: int | None = Field(
        None, ge=0, le=2**53 - 1, description="Begin at the nearest full snapshot at or before this."
    )
    to_ms: int | None = Field(None, ge=0, le=2**53 - 1, description="End with the last event at or before this.")


class VideoOut(WireModel):
    """Where the playable video is, for a while."""

    video_url: str
    expires_at: datetime


def status_of(state: State) -> Status:
    """This API's word for a state."""
    return cast(Status, WORD_OF_STATE[state])


def _navigation(navigation: Navigation) -> NavigationWire:
    return NavigationWire(url=navigation.url, timestamp_ms=navigation.timestamp_ms)
