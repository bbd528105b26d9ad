"""A timeline as a question to a model: one line for each piece of evidence, within a budget of tokens.

What came from the recording is written as JSON, one array a line, between two runs of backticks that no line contains.
It can neither begin a line of its own nor end the quotation.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from shared.evidence.fencing import clean_line, mark_for
from shared.evidence.sentences import sentences_of
from shared.evidence.timeline import Evidence, Kind, Lane, Timeline
from shared.ports.analysts import Brief
from shared.structs import Struct

_MAX_TEXT_CHARS = 600
_MAX_BRIEF_CHARS = 1000
#: Letters and punctuation of English and code have four and more of them in a token. A digit is a token by itself, and
#: so may be a character of another script.
_CHARS_PER_TOKEN = 3.5
#: What is shown first, where not everything fits. Of each rank the lines are taken evenly over the recording.
_RANKS: Mapping[Kind, int] = {
    Kind.CONSOLE_ERROR: 0,
    Kind.NETWORK_ERROR: 0,
    Kind.NAVIGATION: 0,
    Kind.FRAME: 1,
    Kind.TRANSCRIPT: 1,
    Kind.ACTION: 2,
    Kind.CONSOLE_WARNING: 2,
    Kind.OCR: 3,
    Kind.NETWORK: 4,
    Kind.CONSOLE: 4,
}


class Question(Struct, frozen=True, kw_only=True):
    """What is sent beside the instruction, and what could not be."""

    about: str
    timeline: str
    left_out: str  #: such as `7 of 90 lines of the timeline (…)`; empty if everything is there


class _Line(Struct, frozen=True):
    at_s: float
    lane: Lane
    rank: int
    text: str


def ask_about(timeline: Timeline, brief: Brief, *, max_tokens: int, instruction: str) -> Question:
    """Write the question; with the instruction it has at most so many tokens, counted high."""
    about = _write_about(timeline, brief)
    lines = list(_lines_of(timeline))
    kept = _choose(lines, max_tokens - count_tokens(instruction) - count_tokens(about))
    shown = [lines[place].text for place in sorted(kept)]
    left_out = Counter(line.lane for place, line in enumerate(lines) if place not in kept)
    return Question(
        about=about, timeline=_fence("timeline", shown), left_out=_tell_left_out(left_out, len(lines), max_tokens)
    )


def count_tokens(text: str) -> int:
    """Count the tokens of a text, rather too high than too low."""
    dense = sum(character.isdigit() or not character.isascii() for character in text)
    return dense + int((len(text) - dense) / _CHARS_PER_TOKEN) + 1


def _write_about(timeline: Timeline, brief: Brief) -> str:
    said = {"title": brief.title, "intent": brief.intent, "url": brief.url}
    cleaned = {name: clean_line(text, _MAX_BRIEF_CHARS) for name, text in said.items()}
    words = f"The recording is {timeline.duration_s:.1f} s long. Who made it says of it:"
    return f"{words}\n\n{_fence('recording', [_json(cleaned)])}"


def _lines_of(timeline: Timeline) -> Iterator[_Line]:
    """Yield a line for each sentence and for each other piece of evidence, in the order of time."""
    sentences = sentences_of(item for item in timeline.items if item.lane is Lane.TRANSCRIPT)
    spoken = [_line(sentence.words[0], sentence.text) for sentence in sentences]
    others = [_line(item, item.text) for item in timeline.items if item.lane is not Lane.TRANSCRIPT]
    yield from sorted([*spoken, *others], key=lambda line: line.at_s)


def _line(item: Evidence, text: str) -> _Line:
    written = _json([item.id, round(item.at_s, 1), item.kind, clean_line(text, _MAX_TEXT_CHARS)])
    return _Line(item.at_s, item.lane, _RANKS[item.kind], written)


def _choose(lines: Sequence[_Line], max_tokens: int) -> set[int]:
    """Choose lines by rank, and of the same rank evenly; the first that does not fit ends it."""
    kept: set[int] = set()
    left = max_tokens - count_tokens(_fence("timeline", []))
    for rank in sorted(set(_RANKS.values())):
        for place in _evenly([place for place, line in enumerate(lines) if line.rank == rank]):
            left -= count_tokens(lines[place].text) + 1
            if left < 0:
                return kept
            kept.add(place)
    return kept


def _evenly(places: Sequence[int]) -> Iterator[int]:
    """Yield places so that any number of the first ones lies evenly among all: in the order of reversed bits."""
    bits = max(len(places) - 1, 0).bit_length()
    for number in range(2**bits):
        index = int(f"{number:0{bits}b}"[::-1], 2) if bits else 0
        if index < len(places):
            yield places[index]


def _fence(label: str, lines: Sequence[str]) -> str:
    mark = mark_for(lines)
    return "\n".join([f"{mark}{label}", *lines, mark])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _tell_left_out(left_out: Counter[Lane], total: int, max_tokens: int) -> str:
    if not left_out:
        return ""
    lanes = ", ".join(f"{count} {lane}" for lane, count in sorted(left_out.items()))
    return f"{left_out.total()} of {total} lines of the timeline, which do not fit into {max_tokens} tokens ({lanes})"
