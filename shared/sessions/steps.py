"""What the steps of a session hand to each other besides the frames."""

from __future__ import annotations

from shared.evidence.elements import Element
from shared.evidence.pages import PageSnapshot
from shared.structs import Struct


class Reading(Struct, frozen=True, kw_only=True):
    """What was read on one frame, or why nothing was."""

    frame_id: str
    elements: tuple[Element, ...] = ()
    error: str | None = None
    may_be_tried_again: bool = False


class Readings(Struct, frozen=True, kw_only=True):
    """What was read on every frame, in their order."""

    readings: tuple[Reading, ...]


class Inspection(Struct, frozen=True, kw_only=True):
    """The pages that a browser opened."""

    pages: tuple[PageSnapshot, ...] = ()
    duration_ms: int = 0
