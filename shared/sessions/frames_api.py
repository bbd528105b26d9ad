"""The wire of frames: a settled state of the screen, its tree, and what differs from the one before."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.sessions.api import CamelModel, FrameId, SessionId
from shared.sessions.sessions_api import SessionOut


class NodeOut(CamelModel):
    """An element of a frame's tree; `diffStatus` where it differs from the frame before."""

    role: str
    name: str
    children: list[NodeOut] | None = Field(None, exclude_if=lambda value: value is None)
    diff_status: Literal["added", "changed", "removed"] | None = Field(None, exclude_if=lambda value: value is None)


class DiffSummaryOut(CamelModel):
    """How many elements differ from the frame before; of the first frame none."""

    added: int
    changed: int
    removed: int


class FrameOut(CamelModel):
    """One settled state of the screen."""

    id: FrameId
    session_id: SessionId
    timestamp: int = Field(description="Milliseconds from the start of the video.")
    url: str
    thumbnail_url: str = Field(description="A PNG as a data URL, at most 640 pixels wide.")
    diff_summary: DiffSummaryOut
    aria_tree: list[NodeOut]
    created_at: datetime


class SessionWithFramesOut(SessionOut):
    """A session and its frames, in the order of time."""

    frames: list[FrameOut]
