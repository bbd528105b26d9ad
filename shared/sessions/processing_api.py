"""The wire of uploads, and of what processing makes of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from shared.sessions.api import Body, CamelModel, SeedUrl, SessionId, Title
from shared.sessions.domain import AgentTarget
from shared.sessions.frames_api import FrameOut


def _with_file(schema: dict[str, Any]) -> None:
    schema["properties"]["file"] = {
        "type": "string",
        "format": "binary",
        "description": "WebM, MP4 or Matroska, at most 100 MB; its bytes decide.",
    }


class UploadForm(Body):
    """The fields that come with a recording, as text, and the file."""

    model_config = ConfigDict(json_schema_extra=_with_file)

    title: Title
    seed_url: SeedUrl
    notes: Annotated[str, Field(max_length=2000)] = ""
    agent_target: AgentTarget | None = Field(None, description="Default: the account's `defaultAgent`.")
    duration_ms: Annotated[int, Field(ge=0, le=2**53 - 1)] | None = None
    upload_id: SessionId | None = Field(None, description="Instead of the file: from `POST /api/recordings/uploads`.")


class UploadGrantIn(Body):
    """What is to be uploaded."""

    content_type: Literal["video/webm", "video/mp4", "video/x-matroska"] = "video/webm"


class UploadGrantOut(CamelModel):
    """Where a file may be put that is too large for a request."""

    upload_id: SessionId
    upload_url: str = Field(description="Takes one PUT within the hour.")
    content_type: str = Field(description="What the PUT should carry; the bytes decide.")
    expires_at: datetime = Field(description="Until when `uploadId` may be named.")


class SnapshotOut(CamelModel):
    """One page that was opened in a browser."""

    url: str
    counts: dict[Literal["buttons", "inputs", "links", "headings", "images", "total"], int]
    success: bool
    error: str | None = Field(None, exclude_if=lambda value: value is None)


class InspectionOut(CamelModel):
    """What a browser found behind the URLs."""

    urls_inspected: list[str]
    snapshots: list[SnapshotOut]
    duration_ms: int


class ProcessingOut(CamelModel):
    """What became of a recording; with 202 only `sessionId` and `status`."""

    session_id: SessionId
    status: Literal["complete"]
    title: str
    seed_url: str
    agent_target: AgentTarget
    file_size: int
    mime_type: str
    prompt: str
    frames: list[FrameOut]
    frame_count: int
    urls_inspected: list[str]
    processing_ms: int
    inspection: InspectionOut


class StillProcessingOut(CamelModel):
    """The recording is being processed; `/status` tells how far it is."""

    http_status: ClassVar[int] = 202

    session_id: SessionId
    status: Literal["processing"] = "processing"
