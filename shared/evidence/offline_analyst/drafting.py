"""From a timeline to a draft."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from shared.evidence.analysis import Draft, Section, Statement
from shared.evidence.offline_analyst.cuts import Span, cut
from shared.evidence.offline_analyst.observations import Observation, Topic, observe
from shared.evidence.offline_analyst.telling import Occurrences, group, tell, tell_with_time, title_of
from shared.evidence.timeline import Timeline

Item = TypeVar("Item")

#: How many different things of a kind one section tells.
_MOST_TOLD: Mapping[Topic, int] = {
    Topic.CONSOLE_ERROR: 12,
    Topic.FAILED_REQUEST: 12,
    Topic.MESSAGE: 6,
    Topic.DIALOG: 3,
    Topic.OUTCOME: 3,
    Topic.NAVIGATION: 4,
    Topic.SPEECH: 8,
    Topic.ACTION: 8,
    Topic.WARNING: 3,
    Topic.CHANGE: 2,
}
_MOST_WITHOUT_TOPIC = 2
#: What a finding is, in the order in which findings are told.
_FINDINGS = (Topic.CONSOLE_ERROR, Topic.FAILED_REQUEST, Topic.MESSAGE, Topic.OUTCOME, Topic.DIALOG, Topic.WARNING)
_WRONG = frozenset({Topic.CONSOLE_ERROR, Topic.FAILED_REQUEST, Topic.MESSAGE})
_MOST_FINDINGS = 12
_ENDINGS = frozenset({Topic.OUTCOME, Topic.CHANGE, Topic.MESSAGE, Topic.NAVIGATION})
_LEAST_SUMMARY = 2
_WORDS_OF_AN_INTENTION = 4

#: Who says so.
NAME = "offline"
NOTHING_TO_TELL = "Nothing was said, done, logged or shown that could be told."


def draft_of(timeline: Timeline) -> Draft:
    """Say what happened in a recording, from its evidence alone."""
    observations = observe(timeline)
    if not observations:
        return Draft(notes=(NOTHING_TO_TELL,))
    told = [(span, *_select(members)) for span, members in _divide(observations, timeline.duration_s) if members]
    untold = sum(left_out for _, _, left_out in told)
    findings = _findings(observations)
    return Draft(
        sections=tuple(_section(span, seen) for span, seen, _ in told),
        summary=_summary(observations, findings),
        key_findings=tuple(tell_with_time(one) for one in findings),
        notes=(f"{untold} different errors are not told, where there were many at a time.",) if untold else (),
    )


def _divide(observations: Sequence[Observation], duration_s: float) -> list[tuple[Span, Sequence[Observation]]]:
    """Give each span what begins in it; the last one has its end too."""
    spans = cut(observations, duration_s)
    starts = [bisect_left(observations, span[0], key=lambda one: one.at_s) for span in spans]
    ends = [*starts[1:], len(observations)]
    return [(span, observations[start:end]) for span, start, end in zip(spans, starts, ends, strict=True)]


def _section(span: Span, seen: Sequence[Occurrences]) -> Section:
    return Section(title=title_of(seen), from_s=span[0], until_s=span[1], statements=tuple(tell(one) for one in seen))


def _select(observations: Sequence[Observation]) -> tuple[list[Occurrences], int]:
    """Choose what a section tells, and count the errors that it does not."""
    by_topic: dict[Topic, list[Occurrences]] = {}
    for one in group(observations):
        by_topic.setdefault(one.topic, []).append(one)
    others = by_topic.pop(Topic.OTHER, [])
    chosen = {topic: _spread(seen, _MOST_TOLD[topic]) for topic, seen in by_topic.items()}
    untold = sum(len(by_topic[topic]) - len(chosen[topic]) for topic in _WRONG & chosen.keys())
    told = list(chain.from_iterable(chosen.values())) or _spread(others, _MOST_WITHOUT_TOPIC)
    return sorted(told, key=lambda one: (one.first.at_s, one.topic)), untold


def _findings(observations: Iterable[Observation]) -> list[Occurrences]:
    """Choose what a reader must not miss: what went wrong, then what came of it."""
    seen = [one for one in group(observations) if one.topic in _FINDINGS]
    wrong = _spread([one for one in seen if one.topic in _WRONG], _MOST_FINDINGS)
    rest = [one for one in seen if one.topic not in _WRONG]
    ordered = sorted([*wrong, *rest], key=lambda one: (_FINDINGS.index(one.topic), one.first.at_s))
    return ordered[:_MOST_FINDINGS]


def _summary(observations: Sequence[Observation], findings: Sequence[Occurrences]) -> tuple[Statement, ...]:
    """Tell where it began, what the person wanted, what went wrong, and what was seen last."""
    chosen = [
        ("first, ", _first(observations, Topic.NAVIGATION) or _first(observations, Topic.CHANGE)),
        ("", _intention(observations)),
        ("", next((one.first for one in findings if one.topic in _WRONG), None)),
        ("last, ", next((one for one in reversed(observations) if one.topic in _ENDINGS), None)),
    ]
    told: dict[str, Statement] = {}
    for opening, one in chosen:
        if one is not None and one.evidence_id not in told:
            told[one.evidence_id] = tell(Occurrences((one,)), opening)
    for one in observations:
        if len(told) >= _LEAST_SUMMARY:
            break
        told.setdefault(one.evidence_id, tell(Occurrences((one,))))
    return tuple(told.values())


def _intention(observations: Sequence[Observation]) -> Observation | None:
    """Find the first sentence that is more than a greeting."""
    spoken = [one for one in observations if one.topic is Topic.SPEECH]
    return next((one for one in spoken if len(one.text.split()) >= _WORDS_OF_AN_INTENTION), next(iter(spoken), None))


def _first(observations: Iterable[Observation], topic: Topic) -> Observation | None:
    return next((one for one in observations if one.topic is topic), None)


def _spread(items: Sequence[Item], most: int) -> list[Item]:
    """Take at most so many, the first one and then at even distances."""
    return [items[place * len(items) // most] for place in range(most)] if len(items) > most else list(items)
