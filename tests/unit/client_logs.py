"""Logs of clients, and what was seen and heard, for the tests of feedback's timeline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from shared.evidence.elements import Box
from shared.evidence.screens import Screen, ScreenLine, Screens
from shared.evidence.timeline import Evidence, Lane, Timeline
from shared.evidence.transcript import Transcript, Word
from shared.feedback.client_log import Context
from shared.feedback.context import read_context
from shared.feedback.timeline import build_timeline

#: 2026-11-22 10:00 UTC.
STARTED_MS = 1_795_341_600_000


def context_of(
    *,
    metadata: Any = None,
    actions: Any = (),
    console_logs: Any = (),
    network_requests: Any = (),
    elements: Any = (),
) -> Context:
    """What a client sent, as it is read back."""
    sent = {
        "metadata": metadata or {},
        "actions": actions,
        "browserState": {"consoleLogs": console_logs, "networkRequests": network_requests},
        "elements": elements,
    }
    return read_context(json.dumps(sent).encode())


def line(text: str, y: int = 0, *, x: int = 10, height: int = 16) -> ScreenLine:
    """A line of text; its box is as wide as text of that height is."""
    return ScreenLine(text=text, box=Box(x=x, y=y, width=len(text) * height // 2, height=height), confidence=0.9)


def screens_of(*screens: tuple[float, Sequence[str | ScreenLine]]) -> Screens:
    """Screens by their seconds; lines that are plain text stand under each other."""
    return Screens(
        screens=tuple(
            Screen(
                frame_id=f"frm_{number}",
                timestamp_ms=round(at_s * 1000),
                lines=tuple(one if isinstance(one, ScreenLine) else line(one, 40 * y) for y, one in enumerate(lines)),
            )
            for number, (at_s, lines) in enumerate(screens)
        )
    )


def spoken(text: str, *, word_s: float = 0.5) -> Transcript:
    """A transcript in which each word takes the same time."""
    words = (
        Word(text=word, start_s=number * word_s, end_s=(number + 1) * word_s, probability=0.9)
        for number, word in enumerate(text.split())
    )
    return Transcript(words=tuple(words), model="test")


def timeline_of(
    context: Context | None = None,
    *,
    screens: Screens | None = None,
    transcript: Transcript | None = None,
    duration_s: float = 30.0,
    notes: Sequence[str] = (),
) -> Timeline:
    """The timeline alone."""
    built, _, _ = build_timeline(
        context or Context(),
        screens=screens or Screens(),
        transcript=transcript or Transcript(),
        video_duration_s=duration_s,
        notes=notes,
    )
    return built


def lane_of(timeline: Timeline, lane: Lane) -> list[Evidence]:
    return [item for item in timeline.items if item.lane is lane]
