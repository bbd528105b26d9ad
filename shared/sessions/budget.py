"""Put a prompt together within so many bytes, leaving out what tells least.

A prompt is our own words, which always stay, and fenced evidence, which consists of units that stay whole or go whole.
The units are ranked; those that fit are taken in the order of their rank and the first that does not fit ends it. So
the same evidence gives the same prompt, and a larger budget never shows less.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.evidence.fencing import clean_line, mark_for
from shared.structs import Struct

#: The largest prompt, in bytes of UTF-8.
MAX_PROMPT_BYTES = 128 * 1024
#: Tokens are counted as bytes / 4: about right for English and code, too low for other scripts.
BYTES_PER_TOKEN = 4
#: The rank of what is never left out. Our own words with such evidence are the least that a prompt takes.
REQUIRED = 0

Rank = tuple[int, ...]


class Unit(Struct, frozen=True):
    """Lines that stay or go together; of two units, that of the lower rank tells more."""

    lines: tuple[str, ...]
    rank: Rank


class Evidence(Struct, frozen=True):
    """One fence. The heading is in our own words; it goes when the whole fence does."""

    label: str  #: of letters and dashes; it tells what is in the fence
    units: tuple[Unit, ...]
    heading: str = ""


#: Our own words, or what is quoted.
Part = str | Evidence


def compose(parts: Sequence[Part], max_bytes: int) -> str:
    """Write the parts one under the other; what was left out is told after the first part and under each fence."""
    shown = [_Shown.of(part) for part in parts]
    whole = _join([one.render() for one in shown])
    if _size(whole) <= max_bytes:
        return whole
    total = sum(len(one.units) for one in shown)
    spent = _size(_join([_notice(max_bytes, total, total), *(one.render() for one in shown if not one.units)]))
    kept = _choose(shown, max_bytes - spent)
    trimmed = [one.keeping(kept.get(place, set())) for place, one in enumerate(shown)]
    left = total - sum(len(one.units) for one in trimmed)
    texts = [one.render() for one in trimmed]
    return _join([*texts[:1], _notice(max_bytes, left, total) if left else "", *texts[1:]])


class _Shown(Struct, frozen=True):
    """A part as it is going to be written: its lines are clean, and its mark is that of the whole, trimmed or not."""

    words: str
    label: str = ""
    mark: str = ""
    units: tuple[Unit, ...] = ()
    total: int = 0

    @classmethod
    def of(cls, part: Part) -> _Shown:
        if isinstance(part, str):
            return cls(part)
        units = tuple(Unit(tuple(clean_line(line) for line in unit.lines), unit.rank) for unit in part.units)
        mark = mark_for(line for unit in units for line in unit.lines)
        return cls(part.heading, part.label, mark, units, len(units))

    def keeping(self, kept: set[int]) -> _Shown:
        units = tuple(unit for index, unit in enumerate(self.units) if index in kept)
        return _Shown(self.words, self.label, self.mark, units, self.total)

    def render(self) -> str:
        if not self.mark:
            return self.words
        if not self.units:
            return ""
        fence = [f"{self.mark}evidence {self.label}", *(line for unit in self.units for line in unit.lines), self.mark]
        texts = [self.words, "\n".join(fence)]
        if len(self.units) < self.total:
            texts.append(f"(Left out to fit: {self.total - len(self.units)} of {self.total} parts of this fence.)")
        return _join(texts)

    def overhead(self) -> int:
        """Return the most bytes that the fence takes beside its lines."""
        empty = _Shown(self.words, self.label, self.mark, (Unit((), ()),), 10**9)
        return _size(empty.render()) + _size("\n\n")


def _choose(shown: Sequence[_Shown], max_bytes: int) -> dict[int, set[int]]:
    """Choose which units stay, by the places of parts and units: all that are required, then all that fit in turn."""
    ranked = sorted(
        (unit.rank, place, index) for place, one in enumerate(shown) for index, unit in enumerate(one.units)
    )
    kept: dict[int, set[int]] = {}
    left = max_bytes
    for rank, place, index in ranked:
        left -= sum(_size(line) + 1 for line in shown[place].units[index].lines)
        left -= 0 if place in kept else shown[place].overhead()
        if left < 0 and rank[0] > REQUIRED:
            break
        kept.setdefault(place, set()).add(index)
    return kept


def _notice(max_bytes: int, left: int, total: int) -> str:
    tokens = max_bytes // BYTES_PER_TOKEN
    return (
        f"Trimmed to fit {max_bytes} bytes (about {tokens} tokens of {BYTES_PER_TOKEN} bytes): {left} of {total} parts "
        "of the evidence are left out, the least telling first."
    )


def _join(texts: Sequence[str]) -> str:
    return "\n\n".join(text for text in texts if text)


def _size(text: str) -> int:
    return len(text.encode())
