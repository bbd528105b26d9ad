"""What the video shows and says, as evidence: frames, lines of text and words. All of it is redacted before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shared.evidence.screen_changes import ScreenChange, compare_screens, headings_first
from shared.evidence.screens import Screen, Screens
from shared.evidence.timeline import Evidence, Kind, Lane
from shared.evidence.transcript import Transcript
from shared.structs import Struct, replace

_MOST_NAMED = 8
_MAX_LINE_CHARS = 100


class Sight(Struct, frozen=True, kw_only=True):
    """One screen, for as long as it stood, and what it is compared with: the last one that could be read."""

    number: int  #: from 1
    screen: Screen
    at_s: float
    until_s: float
    before: Screen | None
    change: ScreenChange | None  #: None where it could not be read

    @property
    def id(self) -> str:
        return f"frm-{self.number}"


def list_sights(screens: Screens, duration_s: float) -> list[Sight]:
    """Return the screens with what changed from each to the next."""
    starts_s = [min(round(screen.timestamp_ms / 1000, 3), duration_s) for screen in screens.screens]
    sights: list[Sight] = []
    before: Screen | None = None
    for number, (screen, at_s) in enumerate(zip(screens.screens, starts_s, strict=True), start=1):
        until_s = starts_s[number] if number < len(starts_s) else duration_s
        change = None if screen.error else compare_screens(before.lines if before else (), screen.lines)
        sights.append(Sight(number=number, screen=screen, at_s=at_s, until_s=until_s, before=before, change=change))
        before = before if screen.error else screen
    return sights


def tell_frames(sights: Sequence[Sight]) -> list[Evidence]:
    """Return each frame with what changed on it; the first one, and each new screen, with what it shows."""
    return [
        Evidence(
            id=sight.id,
            lane=Lane.FRAME,
            kind=Kind.FRAME,
            at_s=sight.at_s,
            until_s=sight.until_s,
            text=_describe(sight),
        )
        for sight in sights
    ]


def tell_lines(sights: Sequence[Sight]) -> list[Evidence]:
    """Return each line of text from the frame on which it appeared until that on which it is gone.

    A line that stays is told once: it is no new evidence on the next frame.
    """
    told: dict[str, Evidence] = {}
    standing: Mapping[int, str] = {}  # the ids of the lines of the last screen that could be read, by their positions
    for sight in sights:
        if sight.change is None:
            continue
        kept = {after: standing[before] for before, after in sight.change.kept}
        standing = {
            place: kept.get(place, f"ocr-{sight.number}-{place + 1}") for place in range(len(sight.screen.lines))
        }
        for place, id in standing.items():
            told[id] = replace(told[id], until_s=sight.until_s) if place in kept else _line(sight, place, id)
    return list(told.values())


def tell_words(transcript: Transcript, duration_s: float) -> list[Evidence]:
    """Return each word that was said."""
    return [
        Evidence(
            id=f"wrd-{number}",
            lane=Lane.TRANSCRIPT,
            kind=Kind.TRANSCRIPT,
            at_s=min(round(word.start_s, 3), duration_s),
            until_s=min(round(max(word.start_s, word.end_s), 3), duration_s),
            text=word.text,
        )
        for number, word in enumerate(transcript.words, start=1)
    ]


def _line(sight: Sight, place: int, id: str) -> Evidence:
    return Evidence(
        id=id,
        lane=Lane.OCR,
        kind=Kind.OCR,
        at_s=sight.at_s,
        until_s=sight.until_s,
        text=sight.screen.lines[place].text,
        facts={"frame": sight.id},
    )


def _describe(sight: Sight) -> str:
    """`Appeared: “Saved”; changed: “Cart 1” to “Cart 2”; gone: “Cancel”`."""
    change, before, lines = sight.change, sight.before, sight.screen.lines
    if change is None:
        return f"The screen could not be read: {sight.screen.error}"
    if before is None or change.is_new_screen:
        opening = "Shows" if before is None else "A new screen shows"
        return _list(opening, (_quote(line.text) for line in headings_first(lines))) or f"{opening} no text"
    parts = (
        _list("Appeared", (_quote(lines[place].text) for place in change.appeared)),
        _list("Changed", (f"{_quote(before.lines[i].text)} to {_quote(lines[j].text)}" for i, j in change.changed)),
        _list("Gone", (_quote(before.lines[place].text) for place in change.disappeared)),
    )
    return "; ".join(filter(None, parts)) or "No text changed"


def _list(opening: str, texts: Iterable[str]) -> str:
    named = list(texts)
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return f"{opening}: {', '.join(named[:_MOST_NAMED])}{more}" if named else ""


def _quote(text: str) -> str:
    return f"“{text}”" if len(text) <= _MAX_LINE_CHARS else f"“{text[:_MAX_LINE_CHARS]}…”"
