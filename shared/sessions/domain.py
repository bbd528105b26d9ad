"""What a session is: a screen recording that becomes frames, trees and a prompt for a coding agent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

from shared.recordings.recording import State, StoredObject
from shared.structs import Struct, field

SessionStatus = Literal["processing", "complete", "error"]

#: The name of a session's prompt among its texts.
PROMPT = "prompt"
PIPELINE = "session_from_video"
#: How long an upload id may wait for the session that it becomes.
GRANT_LIFETIME = timedelta(hours=24)
#: How long the URL of an upload id takes the file; a URL signed without a key file is certain for 12 h.
UPLOAD_URL_LIFETIME = timedelta(hours=1)
#: The largest video, in bytes.
MAX_VIDEO_BYTES = 100 * 1024 * 1024

STATUS_OF_STATE: Mapping[State, SessionStatus] = {
    State.PROCESSING: "processing",
    State.READY: "complete",
    State.FAILED: "error",
}
STATE_OF_STATUS: Mapping[str, State] = {status: state for state, status in STATUS_OF_STATE.items()}


class AgentTarget(StrEnum):
    """Who is to read the prompt."""

    CLAUDE_CODE = "CLAUDE_CODE"
    CODEX = "CODEX"
    CURSOR = "CURSOR"
    RAW = "RAW"


class SessionDetails(Struct, frozen=True, kw_only=True):
    """The family's facts of a recording."""

    title: str
    agent_target: AgentTarget
    seed_url: str | None = None
    notes: str = ""
    duration_s: int = 0
    frame_count: int = 0
    urls: tuple[str, ...] = ()
    url_count: int = 0
    processing_ms: int = 0
    mime_type: str = ""
    file_size: int = 0
    inspection_ms: int = 0
    evidence: StoredObject | None = None  #: frames and pages, once they are known
    form_digest: str = ""  #: of the form that made it, to know a repetition by


class AccountSettings(Struct, frozen=True, kw_only=True):
    """What a user has chosen for prompts."""

    default_agent: AgentTarget = AgentTarget.CLAUDE_CODE
    include_screenshots: bool = True
    inline_aria_tree: bool = True
    include_raw_diff: bool = False
    max_recording_length: int = 10  #: minutes; what a recorder should stop at


class Stats(Struct, frozen=True, kw_only=True):
    """A user's sessions in numbers."""

    total_sessions: int = 0
    completed_sessions: int = 0
    total_duration_s: int = 0
    average_processing_ms: int = 0


class NewSession(Struct, frozen=True, kw_only=True):
    """What a session begins with."""

    title: str
    agent_target: AgentTarget | None = None  #: None: the account's default
    seed_url: str | None = None
    notes: str = ""
    duration_ms: int | None = None
    frame_count: int = 0
    url_count: int = 0


class SessionChange(Struct, frozen=True, kw_only=True):
    """What is to be different; `values` holds only what was sent."""

    status: SessionStatus | None = None
    prompt: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def sniff_video(head: bytes) -> str | None:
    """The MIME type that the first 64 bytes of a file show, or None where they are no video's."""
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/x-matroska" if b"matroska" in head else "video/webm"
    return "video/mp4" if head[4:8] == b"ftyp" else None
