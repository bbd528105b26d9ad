"""The wire of sessions themselves: made, changed, listed and counted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field, RootModel

from shared.sessions.api import Body, CamelModel, Count, SessionId, Title, Url
from shared.sessions.domain import AgentTarget, SessionStatus


class SessionOut(CamelModel):
    """A session, the same in list and detail."""

    id: SessionId
    user_id: str
    title: str
    seed_url: str | None
    status: SessionStatus
    duration: int = Field(description="Seconds.")
    frame_count: int
    urls: list[str]
    url_count: int
    agent_target: AgentTarget
    processing_time: int = Field(description="Milliseconds.")
    prompt: str
    created_at: datetime
    updated_at: datetime


class SessionList(RootModel[list[SessionOut]]):
    """The caller's sessions, the one that changed last first."""


class NewSessionIn(Body):
    """A session that its client tracks."""

    title: Title
    agent_target: AgentTarget | None = Field(None, description="Default: the account's `defaultAgent`.")
    frame_count: Count = 0
    url_count: Count = 0


class SessionChangeIn(Body):
    """What is to be different; what is not sent stays."""

    max_parsed_bytes: ClassVar[int] = 4 * 1024 * 1024

    title: Title | None = None
    status: SessionStatus | None = Field(None, description="Only while no processing is under way.")
    duration: Count | None = Field(None, description="Seconds.")
    urls: Annotated[list[Url], Field(max_length=1000)] | None = None
    prompt: Annotated[str, Field(strict=True, max_length=128 * 1024)] | None = None
    agent_target: AgentTarget | None = Field(None, description="Does not rewrite the prompt.")
    frame_count: Count | None = None
    url_count: Count | None = None


class StatsOut(CamelModel):
    """The caller's sessions in numbers."""

    total_sessions: int
    completed_sessions: int
    total_duration: int = Field(description="Seconds.")
    avg_processing_time: int = Field(description="Milliseconds, over the completed ones.")
