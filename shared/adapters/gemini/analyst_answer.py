"""Check the form of what a model says of a recording, and turn it into a draft.

An answer is taken as a whole or not at all; whether it is true is for the verifier to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from shared.adapters.gemini.failures import ModelUnusable
from shared.evidence.analysis import Citation, Draft, Section, Statement
from shared.evidence.quoting import normalise
from shared.evidence.sentences import Sentence, sentences_of
from shared.evidence.timeline import Lane, Timeline
from shared.structs import replace

Value = TypeVar("Value")

_MOST_SECTIONS = 60
_MOST_STATEMENTS = 60
_MOST_CITATIONS = 20
_MAX_TITLE_CHARS = 200
_MAX_TEXT_CHARS = 2000
_MAX_SECONDS = 1e6
_TEXT = {"type": "STRING"}
_CITATION = {
    "type": "OBJECT",
    "properties": {"id": _TEXT, "quote": _TEXT},
    "required": ["id", "quote"],
}
_STATEMENT = {
    "type": "OBJECT",
    "properties": {"text": _TEXT, "citations": {"type": "ARRAY", "items": _CITATION}},
    "required": ["text", "citations"],
}
_STATEMENTS = {"type": "ARRAY", "items": _STATEMENT}
_SECTION = {
    "type": "OBJECT",
    "properties": {
        "title": _TEXT,
        "fromS": {"type": "NUMBER"},
        "untilS": {"type": "NUMBER"},
        "statements": _STATEMENTS,
    },
    "required": ["title", "fromS", "untilS", "statements"],
}
#: Vertex AI's subset of OpenAPI's schema objects.
SCHEMA = {
    "type": "OBJECT",
    "properties": {
        "sections": {"type": "ARRAY", "items": _SECTION},
        "summary": _STATEMENTS,
        "keyFindings": _STATEMENTS,
    },
    "required": ["sections", "summary", "keyFindings"],
}


def draft_from(answered: object, timeline: Timeline, *, notes: tuple[str, ...] = ()) -> Draft:
    """Return the draft that an answer holds.

    Raises:
        ModelUnusable: `not_an_analysis` or `oversized`.
    """
    whole = _object(answered)
    read = _Reader(timeline)
    return Draft(
        sections=_list(whole.get("sections"), _MOST_SECTIONS, read.section),
        summary=_list(whole.get("summary"), _MOST_STATEMENTS, read.statement),
        key_findings=_list(whole.get("keyFindings"), _MOST_STATEMENTS, read.statement),
        notes=notes,
    )


class _Reader:
    """Reads statements; knows what was said, to find the word that a quotation begins with."""

    def __init__(self, timeline: Timeline) -> None:
        sentences = sentences_of(item for item in timeline.items if item.lane is Lane.TRANSCRIPT)
        self._followed = {one.words[0].id: (one, after) for one, after in _with_next(sentences)}

    def section(self, answered: object) -> Section:
        section = _object(answered)
        return Section(
            title=_text(section.get("title"), _MAX_TITLE_CHARS),
            from_s=_seconds(section.get("fromS")),
            until_s=_seconds(section.get("untilS")),
            statements=_list(section.get("statements"), _MOST_STATEMENTS, self.statement),
        )

    def statement(self, answered: object) -> Statement:
        statement = _object(answered)
        return Statement(
            text=_text(statement.get("text"), _MAX_TEXT_CHARS),
            citations=_list(statement.get("citations"), _MOST_CITATIONS, self._citation),
        )

    def _citation(self, answered: object) -> Citation:
        """Read a citation. The model knows a sentence by its first word; a quotation is cited by its own."""
        cited = _object(answered)
        id, quote = _text(cited.get("id"), _MAX_TEXT_CHARS), _text(cited.get("quote"), _MAX_TEXT_CHARS)
        citation = Citation(evidence_id=id, quote=quote)
        if id not in self._followed:
            return citation
        sentence, following = self._followed[id]
        return replace(citation, evidence_id=_first_word(normalise(quote), sentence, following) or id)


def _with_next(sentences: Sequence[Sentence]) -> list[tuple[Sentence, str]]:
    """Pair each sentence with the text of the next one, into which a quotation may run."""
    followers = [*(normalise(one.text) for one in sentences[1:]), ""]
    return list(zip(sentences, followers, strict=False))


def _first_word(quote: str, sentence: Sentence, following: str) -> str | None:
    """Find the id of the word in which a quotation begins."""
    words = [normalise(word.text) for word in sentence.words]
    spoken = " ".join([*words, following])
    place = spoken.find(quote)
    for word, text in zip(sentence.words, words, strict=True):
        if 0 <= place < len(text):
            return word.id
        place -= len(text) + 1
    return None


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ModelUnusable("not_an_analysis", "A part of the answer is not an object.")
    return value


def _list(value: object, most: int, read: Callable[[object], Value]) -> tuple[Value, ...]:
    if not isinstance(value, list):
        raise ModelUnusable("not_an_analysis", "A part of the answer is not a list.")
    if len(value) > most:
        raise ModelUnusable("oversized", f"A list of the answer has {len(value)} members.")
    return tuple(read(one) for one in value)


def _text(value: object, max_chars: int) -> str:
    if not isinstance(value, str):
        raise ModelUnusable("not_an_analysis", "A part of the answer is not text.")
    if len(value) > max_chars:
        raise ModelUnusable("oversized", f"A text of the answer has {len(value)} characters.")
    return value.encode(errors="replace").decode()  # half of a surrogate pair cannot be stored


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _MAX_SECONDS:
        raise ModelUnusable("not_an_analysis", "A time of the answer is not a number.")
    return float(value)
