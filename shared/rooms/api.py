"""The wire of the rooms family: snake_case, ids `rec_…` and `room_…`, seconds, bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, cast

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from shared.errors import PlayheadError
from shared.recordings.recording import Recording
from shared.rooms.domain import WORD_OF_STATE, RoomRecordingDetails
from shared.wire import WireModel

MOST_ON_A_PAGE = 100

RecordingId = Annotated[str, StringConstraints(pattern=r"^rec_[a-z0-9]{12,64}$")]
#: Not checked here: the edge knows of one word for what is not found, and a room is not a recording.
RoomId = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^room_[a-z0-9]{12,64}$"})]
Status = Literal["recording", "processing", "ready", "archived", "failed"]

Item = TypeVar("Item")


class ErrorOut(WireModel):
    """What went wrong."""

    error: str
    code: str | None = Field(None, description="Machine-readable.")
    request_id: str | None = None

    @staticmethod
    def of(error: PlayheadError, request_id: str) -> ErrorOut:
        return ErrorOut(error=error.message, code=error.code, request_id=request_id)


class Change(WireModel):
    """A body of which only what is sent counts; null is as if it were not sent, unless a field is `nullable`."""

    nullable: ClassVar[frozenset[str]] = frozenset()

    def sent(self) -> dict[str, Any]:
        """What the client has sent, by name."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        return {
            name: value.sent() if isinstance(value, Change) else value
            for name, value in values.items()
            if value is not None or name in self.nullable
        }


class Data(WireModel, Generic[Item]):
    """The envelope of most answers."""

    data: Item


class PageQuery(WireModel):
    """Which part of a list; a page costs as many document reads as `offset` and `limit` together."""

    limit: Annotated[int, Field(ge=1), AfterValidator(lambda limit: min(limit, MOST_ON_A_PAGE))] = Field(
        20, description="More than 100 are 100."
    )
    offset: int = Field(0, ge=0, le=10_000)


class PageMeta(WireModel):
    """Where a page is in its list."""

    total: int
    limit: int
    offset: int


class Started(WireModel):
    """A recording that has begun."""

    id: RecordingId
    room_id: RoomId
    status: Status
    started_at: datetime

    @staticmethod
    def of(recording: Recording, details: RoomRecordingDetails) -> Started:
        return Started(
            id=recording.id,
            room_id=details.room_id,
            status=status_of(recording),
            started_at=details.started_at or recording.created_at,
        )


class Stopped(WireModel):
    """A recording that has ended; its file is on its way."""

    id: RecordingId
    room_id: RoomId
    status: Status
    stopped_at: datetime

    @staticmethod
    def of(recording: Recording, details: RoomRecordingDetails) -> Stopped:
        return Stopped(
            id=recording.id,
            room_id=details.room_id,
            status=status_of(recording),
            stopped_at=details.stopped_at or recording.updated_at,
        )


class RecordingSummary(WireModel):
    """A recording, as the list has it."""

    id: RecordingId
    room_id: RoomId
    status: Status
    duration_seconds: int | None
    size_bytes: int | None
    created_at: datetime

    @staticmethod
    def of(recording: Recording, details: RoomRecordingDetails) -> RecordingSummary:
        return RecordingSummary(
            id=recording.id,
            room_id=details.room_id,
            status=status_of(recording),
            duration_seconds=whole_seconds(details.duration_seconds),
            size_bytes=details.size_bytes,
            created_at=recording.created_at,
        )


class RecordingList(WireModel):
    """A page of recordings, newest first."""

    data: list[RecordingSummary]
    meta: PageMeta


class RecordedRoom(WireModel):
    """The room of a recording, by the name that it had when the recording began."""

    id: RoomId
    name: str


class RecordingOut(WireModel):
    """A recording."""

    id: RecordingId
    room_id: RoomId
    room: RecordedRoom
    status: Status
    duration_seconds: int | None
    size_bytes: int | None
    started_at: datetime | None
    stopped_at: datetime | None

    @staticmethod
    def of(recording: Recording, details: RoomRecordingDetails) -> RecordingOut:
        return RecordingOut(
            id=recording.id,
            room_id=details.room_id,
            room=RecordedRoom(id=details.room_id, name=details.room_name),
            status=status_of(recording),
            duration_seconds=whole_seconds(details.duration_seconds),
            size_bytes=details.size_bytes,
            started_at=details.started_at,
            stopped_at=details.stopped_at,
        )


class RecordingDeleted(WireModel):
    """A recording that nobody sees any more."""

    id: RecordingId
    deleted: Literal[True] = True
    deleted_at: datetime


def status_of(recording: Recording) -> Status:
    """This API's word for where a recording stands."""
    return cast(Status, WORD_OF_STATE[recording.state])


def whole_seconds(duration_s: float | None) -> int | None:
    """A duration as this API tells it: the provider counts whole seconds, and a probe must not look different."""
    return None if duration_s is None else round(duration_s)
