"""What can go wrong with rooms, beyond what every family knows."""

from __future__ import annotations

from shared.errors import Conflict, Forbidden, NotFound


class AlreadyRecording(Conflict):
    """The room is being recorded already."""

    code = "already_recording"


class RoomEnded(Conflict):
    """The room has ended."""

    code = "room_ended"


class RecordingDisabled(Forbidden):
    """Recording is not enabled in this room."""

    code = "recording_disabled"


class NoActiveRecording(NotFound):
    """The room has no active recording."""

    code = "no_active_recording"
