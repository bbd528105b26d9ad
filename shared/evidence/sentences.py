"""Spoken words as sentences: what people read, and what can be quoted."""

from __future__ import annotations

from collections.abc import Iterable

from shared.evidence.quoting import normalise
from shared.evidence.timeline import Evidence
from shared.structs import Struct

#: Who is silent for longer has come to an end, of a sentence and of a thought.
PAUSE_S = 1.2
_MOST_WORDS = 40
_ENDS = (".", "?", "!", "…", "。", "？", "！")


class Sentence(Struct, frozen=True):
    """At least one word, in the order of time."""

    words: tuple[Evidence, ...]
    silence_s: float  #: between the word before and the first one

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def at_s(self) -> float:
        return self.words[0].at_s

    @property
    def follows_a_pause(self) -> bool:
        return self.silence_s > PAUSE_S


def sentences_of(words: Iterable[Evidence]) -> list[Sentence]:
    """Cut words at punctuation and at pauses, and where nobody has drawn breath for 40 of them."""
    found: list[Sentence] = []
    open_words: list[Evidence] = []
    silence_s = spoken_until_s = 0.0
    for word in (word for word in words if normalise(word.text)):
        gap_s = word.at_s - spoken_until_s
        if open_words and (gap_s > PAUSE_S or len(open_words) == _MOST_WORDS or open_words[-1].text.endswith(_ENDS)):
            found.append(Sentence(tuple(open_words), silence_s))
            open_words = []
        if not open_words:
            silence_s = gap_s
        open_words.append(word)
        spoken_until_s = word.until_s
    if open_words:
        found.append(Sentence(tuple(open_words), silence_s))
    return found
