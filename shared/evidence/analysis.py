"""What an analyst says of a recording: statements, each with the evidence that it rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A piece of evidence by its id, and the words in it that bear a statement out."""

    evidence_id: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence or more that say one thing."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the recording, from `from_s` up to `until_s` (seconds of the video)."""

    title: str
    from_s: float
    until_s: float
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an analyst says, before anybody has checked it."""

    sections: tuple[Section, ...] = ()
    summary: tuple[Statement, ...] = ()
    key_findings: tuple[Statement, ...] = ()
    notes: tuple[str, ...] = ()  #: sentences for people: what the analyst was not shown or does not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """How much of a draft did not stand."""

    citations: int = 0
    statements: int = 0
    sections: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What has been checked: every citation exists, lies in its section, and its quote is found there."""

    analyst: str  #: `offline` or a model's name
    sections: tuple[Section, ...] = ()
    summary: tuple[Statement, ...] = ()
    key_findings: tuple[Statement, ...] = ()
    dropped: Dropped = Dropped()
    caveat: str = ""  #: what readers must know first: whose result this is, where another analyst was asked
    notes: tuple[str, ...] = ()  #: sentences for people: what was cut, what was not heard
