"""From what an analysis has left behind to what the wire shows of it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from shared.evidence.analysis import Analysis, Section, Statement
from shared.evidence.timeline import Clock, Evidence, Timeline
from shared.evidence.transcript import Transcript
from shared.feedback.outputs_api import (
    AnalysisOut,
    CitationOut,
    ClockOut,
    EvidenceOut,
    SectionOut,
    SummaryOut,
    TimelineOut,
    TimelineQuery,
    TranscriptOut,
    WordOut,
)


def analysis_out(analysis: Analysis, timeline: Timeline) -> AnalysisOut:
    """The sections, with their citations in the order of the statements that rest on them."""
    evidence = {item.id: item for item in timeline.items}
    return AnalysisOut(sections=[_section_out(section, evidence) for section in analysis.sections])


def summary_out(analysis: Analysis) -> SummaryOut:
    """The summary, beginning with what must be known of it, and the findings one by one."""
    findings = [finding.text for finding in analysis.key_findings]
    return SummaryOut(summary=f"{analysis.caveat} {_joined(analysis.summary)}".strip(), key_findings=findings)


def timeline_out(timeline: Timeline, query: TimelineQuery) -> TimelineOut:
    """The items that the query asks for; everything else is of the whole timeline."""
    lanes = set(query.lanes.split(",")) if query.lanes else None
    items = [
        item
        for item in timeline.items
        if (lanes is None or item.lane in lanes)
        and (query.from_s is None or item.until_s >= query.from_s)
        and (query.to_s is None or item.at_s <= query.to_s)
    ]
    return TimelineOut(
        duration=_seconds(timeline.duration_s),
        clocks=[_clock_out(clock) for clock in timeline.clocks],
        left_out=dict(timeline.left_out),
        notes=list(timeline.notes),
        items=[_evidence_out(item) for item in items],
    )


def transcript_out(transcript: Transcript) -> TranscriptOut:
    """The words, and all of them as one text."""
    words = [
        WordOut(
            text=word.text,
            start=_seconds(word.start_s),
            end=_seconds(word.end_s),
            probability=round(word.probability, 3),
        )
        for word in transcript.words
    ]
    return TranscriptOut(
        text=" ".join(word.text.strip() for word in transcript.words),
        words=words,
        language=transcript.language,
        model=transcript.model,
        note=transcript.note,
    )


def _section_out(section: Section, evidence: dict[str, Evidence]) -> SectionOut:
    cited = dict.fromkeys(chain.from_iterable(statement.citations for statement in section.statements))
    citations = [
        CitationOut(
            type=evidence[one.evidence_id].kind,
            timestamp=_seconds(evidence[one.evidence_id].at_s),
            id=one.evidence_id,
            quote=one.quote,
        )
        for one in cited
    ]
    return SectionOut(
        title=section.title,
        timestamp=_seconds(section.from_s),
        description=_joined(section.statements),
        citations=citations,
    )


def _evidence_out(item: Evidence) -> EvidenceOut:
    return EvidenceOut(
        id=item.id,
        lane=item.lane,
        type=item.kind,
        timestamp=_seconds(item.at_s),
        until=_seconds(item.until_s),
        text=item.text,
        facts=dict(item.facts),
    )


def _clock_out(clock: Clock) -> ClockOut:
    return ClockOut(lanes=list(clock.lanes), unit=clock.unit, skew=_seconds(clock.skew_s), reason=clock.reason)


def _joined(statements: Iterable[Statement]) -> str:
    return " ".join(statement.text for statement in statements)


def _seconds(exact: float) -> float:
    """To the millisecond."""
    return round(exact, 3)
