"""What an analyst says of a recording: statements, each with the evidence that it rests on."""

from __future__ import annotations

from shared.structs import Struct


class Citation(Struct, frozen=True, kw_only=True):
    """A piece of evidence by its id, and the words in it that bear a statement out."""

    evidence_id: str
    quote: str


class Statement(Struct, frozen=True, kw_only=True):
    """One sentence or more that say one thing."""

    text: str
    citations: tuple[Citation, ...]


class Section(Struct, frozen=True, kw_only=True):
    """A part of the recording, from `from_s` up to `until_s` (seconds of the video)."""

    title: str
    from_s: float
    until_s: float
    statements: tuple[Statement, ...]


class Draft(Struct, frozen=True, kw_only=True):
    """What an analyst says, before anybody has checked it."""

    sections: tuple[Section, ...] = ()
    summary: tuple[Statement, ...] = ()
    key_findings: tuple[Statement, ...] = ()
    notes: tuple[str, ...] = ()  #: sentences for people: what the analyst was not shown or does not tell


class Dropped(Struct, frozen=True, kw_only=True):
    """How much of a draft did not stand."""

    citations: int = 0
    statements: int = 0
    sections: int = 0


class Analysis(Struct, frozen=True, kw_only=True):
    """What has been checked: every citation exists, lies in its section, and its quote is found there."""

    analyst: str  #: `offline` or a model's name
    sections: tuple[Section, ...] = ()
    summary: tuple[Statement, ...] = ()
    key_findings: tuple[Statement, ...] = ()
    dropped: Dropped = Dropped()
    caveat: str = ""  #: what readers must know first: whose result this is, where another analyst was asked
    notes: tuple[str, ...] = ()  #: sentences for people: what was cut, what was not heard
