"""All that a prompt is made of."""

from __future__ import annotations

from shared.evidence.pages import PageSnapshot
from shared.sessions.domain import AgentTarget
from shared.sessions.frames import Frame
from shared.structs import Struct


class PromptInput(Struct, frozen=True, kw_only=True):
    """A session as its prompt tells it; the three switches are those of the account's settings."""

    title: str
    target: AgentTarget
    seed_url: str | None = None
    notes: str = ""
    duration_ms: int = 0
    frames: tuple[Frame, ...] = ()  #: in the order of time
    pages: tuple[PageSnapshot, ...] = ()
    include_screenshots: bool = True  #: name the pictures by the ids of their frames
    inline_aria_tree: bool = True  #: quote the ARIA snapshots of pages, and the trees of new screens
    include_raw_diff: bool = False  #: append the differences node by node
    max_tokens: int | None = None  #: None: as much as `budget.MAX_PROMPT_BYTES` holds
