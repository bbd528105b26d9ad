"""What was said, word by word."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One spoken word with its punctuation, in seconds of the video."""

    text: str
    start_s: float
    end_s: float
    probability: float  #: 0..1


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """The words in the order of time."""

    words: tuple[Word, ...] = ()
    language: str = "en"
    model: str = ""  #: which model heard them
    note: str = ""  #: why there are no words, for people
