"""The wire of what an account has chosen."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool

from shared.sessions.api import Body, CamelModel
from shared.sessions.domain import AgentTarget

MaxRecordingLength = Literal[5, 10, 15, 30]


class SettingsOut(CamelModel):
    """What the account has chosen."""

    default_agent: AgentTarget
    include_screenshots: bool = Field(description="The prompt names the frames' pictures by id.")
    inline_aria_tree: bool
    include_raw_diff: bool = Field(description="The prompt ends with every node that differs.")
    max_recording_length: MaxRecordingLength = Field(description="Minutes; what a recorder should stop at.")


class SettingsChangeIn(Body):
    """What is to be different; what is not sent stays."""

    default_agent: AgentTarget | None = None
    include_screenshots: StrictBool | None = None
    inline_aria_tree: StrictBool | None = None
    include_raw_diff: StrictBool | None = None
    max_recording_length: MaxRecordingLength | None = None
