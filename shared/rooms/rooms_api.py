"""Rooms on the wire: bare objects."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal, cast

from pydantic import Field, StrictBool, StringConstraints

from shared.rooms.api import Change, RoomId
from shared.rooms.domain import Room, RoomConfig
from shared.wire import WireModel

Name = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=200)]
Participants = Annotated[int, Field(strict=True, ge=1, le=100_000)]
RoomWord = Literal["active", "ended"]


class RoomConfigIn(WireModel):
    """What a new room allows."""

    max_participants: Participants | None = Field(None, description="null: as many as come.")
    recording_enabled: StrictBool = True
    chat_enabled: StrictBool = True


class NewRoom(WireModel):
    """A room to be made."""

    name: Name
    config: RoomConfigIn = Field(default_factory=lambda: RoomConfigIn(max_participants=None))

    def room_config(self) -> RoomConfig:
        """The config as the domain has it."""
        return RoomConfig(**self.config.model_dump())


class RoomConfigChange(Change):
    """What a room is to allow; what is not sent stays as it is."""

    nullable: ClassVar[frozenset[str]] = frozenset({"max_participants"})

    max_participants: Participants | None = Field(None, description="null: as many as come.")
    recording_enabled: StrictBool | None = None
    chat_enabled: StrictBool | None = None


class RoomChange(Change):
    """What is to be different about a room; what is not sent stays as it is."""

    name: Name | None = None
    config: RoomConfigChange | None = None


class RoomConfigOut(WireModel):
    """What a room allows."""

    max_participants: int | None
    recording_enabled: bool
    chat_enabled: bool


class RoomOut(WireModel):
    """A room."""

    id: RoomId
    name: str
    status: RoomWord
    config: RoomConfigOut
    created_at: datetime
    ended_at: datetime | None = Field(None, exclude_if=lambda at: at is None, description="Once it has ended.")

    @staticmethod
    def of(room: Room) -> RoomOut:
        return RoomOut(
            id=room.id,
            name=room.name,
            status=cast(RoomWord, room.status.value),
            config=_config_out(room.config),
            created_at=room.created_at,
            ended_at=room.ended_at,
        )


class RoomList(WireModel):
    """A page of rooms, newest first."""

    rooms: list[RoomOut]
    total: int
    limit: int
    offset: int


def _config_out(config: RoomConfig) -> RoomConfigOut:
    return RoomConfigOut(
        max_participants=config.max_participants,
        recording_enabled=config.recording_enabled,
        chat_enabled=config.chat_enabled,
    )
