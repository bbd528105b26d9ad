"""The wire of how far the processing is."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.sessions.api import CamelModel, SessionId
from shared.sessions.domain import SessionStatus

LaneStatus = Literal["pending", "running", "complete", "error"]
Stage = Literal["uploading", "extracting", "analyzing", "synthesizing", "persisting", "complete", "error"]


class LaneOut(CamelModel):
    """How far one part of the processing is."""

    status: LaneStatus
    started_at: datetime | None = Field(None, exclude_if=lambda value: value is None)
    completed_at: datetime | None = Field(None, exclude_if=lambda value: value is None)
    error: str | None = Field(None, exclude_if=lambda value: value is None)
    detail: str | None = Field(None, exclude_if=lambda value: value is None, description="Such as `3/4 frames`.")


class ProcessingStatusOut(CamelModel):
    """How far the processing is."""

    overall_stage: Stage
    frame_extraction: LaneOut
    vision_lane: LaneOut
    playwright_lane: LaneOut
    synthesis: LaneOut
    last_updated: datetime
    last_error: str | None = Field(None, exclude_if=lambda value: value is None)


class StatusOut(CamelModel):
    """How far a session is; true while it runs."""

    session_id: SessionId
    session_status: SessionStatus
    processing_status: ProcessingStatusOut | None = Field(description="null for a session that its client tracks.")
    processing_time: int = Field(description="Milliseconds.")
    last_error: str | None
