"""The wire of prompts that are written anew."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from shared.sessions.api import Body, CamelModel, FrameId, SessionId
from shared.sessions.domain import AgentTarget


class PromptRequest(Body):
    """Of which frames, and for whom, a prompt is to be written."""

    agent_target: AgentTarget | None = Field(None, description="Default: the session's.")
    frame_ids: Annotated[list[FrameId], Field(min_length=1, max_length=20)] | None = Field(
        None, description="Default: all frames."
    )
    max_tokens: Annotated[StrictInt, Field(ge=200, le=2**31 - 1)] | None = Field(
        None, description="About how long the prompt may be; what tells most is kept."
    )


class PromptOut(CamelModel):
    """A prompt that was just written."""

    session_id: SessionId
    prompt_status: Literal["complete"] = "complete"
    prompt: str
