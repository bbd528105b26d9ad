"""What could be read on the settled states of a screen."""

from __future__ import annotations

from shared.evidence.elements import Box
from shared.structs import Struct


class ScreenLine(Struct, frozen=True, kw_only=True):
    """One line of text; the box is that of its ink, in pixels of the video."""

    text: str
    box: Box
    confidence: float  #: 0..1


class Screen(Struct, frozen=True, kw_only=True):
    """One frame and its lines, from top to bottom and from left to right."""

    frame_id: str
    timestamp_ms: int  #: presentation time
    lines: tuple[ScreenLine, ...] = ()
    error: str | None = None  #: why it could not be read


class Screens(Struct, frozen=True, kw_only=True):
    """The frames of a recording, or of one shard of them, in the order of time."""

    screens: tuple[Screen, ...] = ()
