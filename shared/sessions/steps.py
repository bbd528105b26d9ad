"""What the steps of a session hand to each other besides the frames."""

from __future__ import annotations

from dataclasses import dataclass

from shared.evidence.elements import Element
from shared.evidence.pages import PageSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read on one frame, or why nothing was."""

    frame_id: str
    elements: tuple[Element, ...] = ()
    error: str | None = None
    may_be_tried_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was read on every frame, in their order."""

    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The pages that a browser opened."""

    pages: tuple[PageSnapshot, ...] = ()
    duration_ms: int = 0
