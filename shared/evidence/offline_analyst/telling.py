"""Observations as statements: a few words of ours, and one quotation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shared.evidence.analysis import Statement
from shared.evidence.clock import clock
from shared.evidence.offline_analyst.observations import Observation, Topic
from shared.evidence.quoting import quoted
from shared.structs import Struct

#: So many places are cited of what happened again and again.
_MOST_CITED = 5
#: From so many on it happened repeatedly, whichever of the citations is taken away.
_REPEATED = 3
_MAX_QUOTE_CHARS = 240
_MAX_TITLE_QUOTE_CHARS = 60
#: A quotation that ends so needs no full stop of ours.
_ENDED = (".”", "?”", "!”", "…”", "…")
_OPENINGS: Mapping[Topic, str] = {
    Topic.CONSOLE_ERROR: "the console reports an error",
    Topic.FAILED_REQUEST: "a request fails",
    Topic.MESSAGE: "the screen says",
    Topic.DIALOG: "a dialog seems to open",
    Topic.OUTCOME: "the screen says",
    Topic.NAVIGATION: "the page opens",
    Topic.SPEECH: "the person says",
    Topic.ACTION: "the person does this",
    Topic.WARNING: "the console warns",
    Topic.CHANGE: "on the screen",
    Topic.OTHER: "the recording has",
}


class Occurrences(Struct, frozen=True):
    """The same thing, seen once or more often, in the order of time."""

    observations: tuple[Observation, ...]

    @property
    def first(self) -> Observation:
        return self.observations[0]

    @property
    def topic(self) -> Topic:
        return self.first.topic


def group(observations: Iterable[Observation]) -> list[Occurrences]:
    """Bring the same things together; each stands where it was first seen."""
    groups: dict[object, list[Observation]] = {}
    for one in observations:
        groups.setdefault(one.key, []).append(one)
    return [Occurrences(tuple(members)) for members in groups.values()]


def tell(seen: Occurrences, opening: str = "") -> Statement:
    """State what was seen; `opening` comes before it, in our own words."""
    often = ", repeatedly" if len(seen.observations) >= _REPEATED else ""
    words = f"{opening}{_OPENINGS[seen.topic]}{often}: {quoted(seen.first.text, _MAX_QUOTE_CHARS)}"
    return Statement(
        text=words[0].upper() + words[1:] + ("" if words.endswith(_ENDED) else "."),
        citations=tuple(one.citation for one in seen.observations[:_MOST_CITED]),
    )


def tell_with_time(seen: Occurrences) -> Statement:
    """State what was seen, and when, where it was seen once."""
    if len(seen.observations) > 1:
        return tell(seen)
    return tell(seen, f"at {clock(seen.first.at_s)} ")


def title_of(seen: Sequence[Occurrences]) -> str:
    """Name a section after the most telling of what was seen in it."""
    lead = min(seen, key=lambda one: (one.topic, one.first.at_s))
    words = f"{_OPENINGS[lead.topic]}: {quoted(lead.first.text, _MAX_TITLE_QUOTE_CHARS)}"
    return words[0].upper() + words[1:]
