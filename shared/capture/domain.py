"""What a browser recording is, besides being a recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.recordings.recording import State, StoredObject
from shared.structs import Struct

#: How long a client has to upload the video.
UPLOAD_WITHIN = timedelta(hours=24)
UPLOAD_URL_LIFETIME = timedelta(hours=1)
DOWNLOAD_URL_LIFETIME = timedelta(hours=1)
MAX_NAVIGATIONS = 2_000
MAX_NAVIGATIONS_BYTES = 256 * 1024
#: The address of a page is kept up to here: `data:` URLs can be endless.
MAX_URL_CHARS = 8_192

#: The words of this API for the states of a recording.
WORD_OF_STATE: Mapping[State, str] = {
    State.AWAITING_MEDIA: "uploading",
    State.PROCESSING: "processing",
    State.READY: "ready",
    State.ARCHIVED: "ready",
    State.FAILED: "failed",
}


class Navigation(Struct, frozen=True, kw_only=True):
    """A page that was visited, in milliseconds from the start."""

    url: str
    timestamp_ms: int


class CaptureDetails(Struct, frozen=True, kw_only=True):
    """The facts of a browser recording; `recording.details` holds exactly this."""

    name: str
    started_at: datetime
    ended_at: datetime | None
    duration_ms: int
    event_count: int
    has_video: bool
    has_audio: bool
    navigations: tuple[Navigation, ...]
    project_id: str | None
    events: StoredObject
    block_index: StoredObject
    events_bytes: int  #: size of the events as plain JSON
    is_duration_known: bool  #: False: nothing said how long it was; the video may
    journey_id: str | None = None
    video: StoredObject | None = None  #: the remuxed one, which users download
    poster: StoredObject | None = None
    storyboard: Mapping[str, Any] | None = None  #: the contact sheet and its geometry
    event_summary: StoredObject | None = None


def states_of(word: str) -> Sequence[State]:
    """The states that one word of this API stands for."""
    if word == "ready":
        return (State.READY,)  # a capture recording is never archived
    return tuple(state for state, of in WORD_OF_STATE.items() if of == word)


def default_name(started_at: datetime) -> str:
    """The name of a recording that came without one."""
    return f"Recording {started_at.isoformat().replace('+00:00', 'Z')}"
