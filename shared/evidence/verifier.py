"""Check what an analyst says against the evidence, and keep what the evidence bears out.

    citation    its evidence exists, lies in the section's span, and the quote is found there
    statement   has such a citation, and what it puts between quotes is found in evidence that it cites
    section     has such a statement; its title is made of what its statements say, or is taken from the first of them

Sections are clipped to the recording and put in order; each ends where the next one begins, so that no section can
claim the whole recording. Summary and key findings are checked in the same way, without a span.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from shared.evidence.analysis import Analysis, Citation, Draft, Dropped, Section, Statement
from shared.evidence.quoting import normalise, quotations_in, shorten
from shared.evidence.timeline import Evidence, Lane, Timeline
from shared.structs import replace

#: Clocks that were aligned agree to about this.
TOLERANCE_S = 0.05
_MAX_TITLE_CHARS = 80
_WORD = re.compile(r"[^\W_]{4,}")
#: Words that begin alike are the same one: fail, failed, fails.
_STEM_CHARS = 5


def verify(draft: Draft, timeline: Timeline, *, analyst: str, notes: Sequence[str] = ()) -> Analysis:
    """Keep what stands, and count what does not."""
    evidence = _Witness(timeline)
    sections = [evidence.check_section(section) for section in _in_order(draft.sections, timeline.duration_s)]
    analysis = Analysis(
        analyst=analyst,
        sections=tuple(section for section in sections if section.statements),
        summary=evidence.check_statements(draft.summary),
        key_findings=evidence.check_statements(draft.key_findings),
        notes=tuple(notes),
    )
    return replace(analysis, dropped=_difference(draft, analysis))


class _Witness:
    """What the timeline can say to a citation."""

    def __init__(self, timeline: Timeline) -> None:
        self._items = {item.id: item for item in timeline.items}
        self._texts: dict[str, str] = {}
        self._words = [item for item in timeline.items if item.lane is Lane.TRANSCRIPT and self._text(item)]
        self._places = {word.id: place for place, word in enumerate(self._words)}

    def check_section(self, section: Section) -> Section:
        statements = self.check_statements(section.statements, section)
        return replace(section, statements=statements, title=self._title(section.title, statements))

    def check_statements(self, statements: Iterable[Statement], span: Section | None = None) -> tuple[Statement, ...]:
        checked = (self._check(statement, span) for statement in statements)
        return tuple(statement for statement in checked if statement is not None)

    def _check(self, statement: Statement, span: Section | None) -> Statement | None:
        standing = tuple(citation for citation in statement.citations if self._stands(citation, span))
        if not standing or not statement.text.strip() or not self._bears_quotations(statement.text, standing):
            return None
        return replace(statement, citations=standing)

    def _stands(self, citation: Citation, span: Section | None) -> bool:
        item = self._items.get(citation.evidence_id)
        quote = normalise(citation.quote)
        if item is None or not quote or (span is not None and not _lies_in(item, span)):
            return False
        if item.lane is not Lane.TRANSCRIPT:
            return quote in self._text(item)
        return item.id in self._places and 0 <= self._spoken_from(item, len(quote)).find(quote) < len(self._text(item))

    def _text(self, item: Evidence) -> str:
        if item.id not in self._texts:
            self._texts[item.id] = normalise(item.text)
        return self._texts[item.id]

    def _spoken_from(self, word: Evidence, length: int) -> str:
        """Return the words from this one on, as many as a quote of that length can run over."""
        text, place = self._text(word), self._places[word.id]
        least = len(text) + length
        while len(text) < least and (place := place + 1) < len(self._words):
            text = f"{text} {self._text(self._words[place])}"
        return text

    def _bears_quotations(self, text: str, citations: Iterable[Citation]) -> bool:
        borne = [self._borne_by(citation) for citation in citations]
        return all(any(quotation in words for words in borne) for quotation in quotations_in(text))

    def _borne_by(self, citation: Citation) -> str:
        item = self._items[citation.evidence_id]
        return normalise(citation.quote) if item.lane is Lane.TRANSCRIPT else self._text(item)

    def _title(self, title: str, statements: Sequence[Statement]) -> str:
        """Keep a title whose quotations and at least half of whose words its statements bear out."""
        if not statements:
            return title
        citations = [citation for statement in statements for citation in statement.citations]
        said = " ".join([*(one.text for one in statements), *(self._borne_by(one) for one in citations)])
        if _is_made_of(title, said) and self._bears_quotations(title, citations):
            return title
        return shorten(statements[0].text, _MAX_TITLE_CHARS)


def _is_made_of(title: str, said: str) -> bool:
    stems = _stems(title)
    if not stems:
        return bool(title.strip()) and normalise(title) in normalise(said)
    return 2 * len(stems & _stems(said)) >= len(stems)


def _stems(text: str) -> set[str]:
    return {word[:_STEM_CHARS] for word in _WORD.findall(normalise(text))}


def _lies_in(item: Evidence, span: Section) -> bool:
    return item.at_s <= span.until_s + TOLERANCE_S and item.until_s >= span.from_s - TOLERANCE_S


def _in_order(sections: Iterable[Section], duration_s: float) -> list[Section]:
    """Clip sections to the recording, and let each end where the next one begins."""
    clipped = [
        replace(section, from_s=max(section.from_s, 0.0), until_s=min(section.until_s, duration_s))
        for section in sections
        if math.isfinite(section.from_s) and math.isfinite(section.until_s)
    ]
    ordered = sorted((one for one in clipped if one.from_s <= one.until_s), key=lambda one: (one.from_s, one.until_s))
    ends = [min(one.until_s, following.from_s) for one, following in pairwise(ordered)]
    return [*(replace(one, until_s=end) for one, end in zip(ordered, ends, strict=False)), *ordered[-1:]]


def _difference(draft: Draft, analysis: Analysis) -> Dropped:
    said, kept = _statements_of(draft), _statements_of(analysis)
    return Dropped(
        citations=sum(len(one.citations) for one in said) - sum(len(one.citations) for one in kept),
        statements=len(said) - len(kept),
        sections=len(draft.sections) - len(analysis.sections),
    )


def _statements_of(told: Draft | Analysis) -> list[Statement]:
    in_sections = (statement for section in told.sections for statement in section.statements)
    return [*in_sections, *told.summary, *told.key_findings]
