"""A transcript as WebVTT (https://www.w3.org/TR/webvtt1/): cues that a person can read while they watch.

A cue ends with its sentence or where the person pauses, and before it is longer than 7 seconds or two lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.evidence.transcript import Transcript, Word
from shared.structs import Struct

LONGEST_S = 7.0
LINE_CHARS = 42
MOST_LINES = 2
#: A silence of this length ends a cue.
PAUSE_S = 0.7
#: A cue is shown for at least this long where the next one leaves it the time.
SHORTEST_MS = 1000
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "\uff01", "\uff1f")
_CLAUSE_ENDS = (",", ";", ":", "–", "—")


class Cue(Struct, frozen=True, kw_only=True):
    """What is shown from `from_ms` up to `until_ms`; the lines are plain text."""

    from_ms: int
    until_ms: int
    lines: tuple[str, ...]


def render_webvtt(transcript: Transcript) -> str:
    """The transcript as a WebVTT file; its note, where there is one, is a comment."""
    note = _escape(_one_line(transcript.note))
    blocks = ["WEBVTT", *([f"NOTE {note}"] if note else []), *map(_block, cues_of(transcript.words))]
    return "\n\n".join(blocks) + "\n"


def cues_of(words: Sequence[Word]) -> list[Cue]:
    """The words, in the order of time, as cues that follow each other without an overlap."""
    groups = list(_groups(words))
    starts_ms = [_ms(group[0].start_s) for group in groups]
    cues: list[Cue] = []
    for number, group in enumerate(groups):
        from_ms = max(starts_ms[number], cues[-1].until_ms if cues else 0)
        spoken_until_ms = min(_ms(group[-1].end_s), from_ms + _ms(LONGEST_S))
        until_ms = max(spoken_until_ms, from_ms + SHORTEST_MS)
        if number + 1 < len(groups):
            until_ms = min(until_ms, starts_ms[number + 1])
        cues.append(Cue(from_ms=from_ms, until_ms=max(until_ms, from_ms + 1), lines=_lines(group)))
    return cues


def _groups(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words of each cue."""
    group: list[Word] = []
    for word in words:
        if not word.text.strip():
            continue
        if group and _ends_before(group, word):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _ends_before(group: list[Word], word: Word) -> bool:
    said = _one_line(group[-1].text)
    return (
        word.start_s - group[-1].end_s >= PAUSE_S
        or word.end_s - group[0].start_s > LONGEST_S
        or len(_lines([*group, word])) > MOST_LINES
        or said.endswith(_SENTENCE_ENDS)
        or (said.endswith(_CLAUSE_ENDS) and len(_lines(group)) == MOST_LINES)
    )


def _lines(words: Sequence[Word]) -> tuple[str, ...]:
    """The words in lines; one that is longer than a line has a line of its own."""
    lines: list[str] = []
    for word in words:
        text = _one_line(word.text)
        if lines and len(lines[-1]) + 1 + len(text) <= LINE_CHARS:
            lines[-1] += f" {text}"
        else:
            lines.append(text)
    return tuple(lines)


def _block(cue: Cue) -> str:
    return "\n".join((f"{_clock(cue.from_ms)} --> {_clock(cue.until_ms)}", *map(_escape, cue.lines)))


def _clock(at_ms: int) -> str:
    seconds, milliseconds = divmod(at_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}"


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
