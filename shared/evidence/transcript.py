"""What was said, word by word."""

from __future__ import annotations

from shared.structs import Struct


class Word(Struct, frozen=True, kw_only=True):
    """One spoken word with its punctuation, in seconds of the video."""

    text: str
    start_s: float
    end_s: float
    probability: float  #: 0..1


class Transcript(Struct, frozen=True, kw_only=True):
    """The words in the order of time."""

    words: tuple[Word, ...] = ()
    language: str = "en"
    model: str = ""  #: which model heard them
    note: str = ""  #: why there are no words, for people
