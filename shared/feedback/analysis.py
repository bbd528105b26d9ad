"""From the evidence to the analysis: somebody says what happened, and what the evidence bears out is kept.

    asked analyst ─▶ draft ─▶ verifier ─▶ analysis
          └ cannot ─▶ later attempts ─▶ the offline analyst, which says so

Where the deployment wants no replacement, an analyst that cannot answer fails the run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from shared.evidence.analysis import Analysis
from shared.evidence.offline_analyst.drafting import NAME, draft_of
from shared.evidence.timeline import Timeline
from shared.evidence.verifier import verify
from shared.ports import Media
from shared.ports.analysts import AnalysisError, Analyst, Brief, UnusableAnswer
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.handover import GZIP, pack, unpack
from shared.recordings.objects import OutputName
from shared.recordings.outcomes import Done, Permanent, Transient
from shared.recordings.recording import StoredObject
from shared.structs import replace

log = logging.getLogger("playhead.steps")


def analyze(
    *,
    built: Mapping[str, Any],
    analyst: Analyst,
    has_stand_in: bool,
    is_last_attempt: bool,
    name: OutputName,
    media: Media,
    check: Callable[[], None],
) -> Done:
    """Analyse a recording from what `build_timeline` returned, and make all of it visible together.

    Args:
        has_stand_in: whether the offline analyst steps in for one that cannot answer.
        is_last_attempt: what may succeed later is not tried again.
        check: called between the pieces of work.

    Raises:
        Transient: the analyst may answer later.
        Permanent: it will not, and nobody steps in.
    """
    timeline = unpack(b"".join(media.stream(from_plain(built["timeline"], StoredObject))), Timeline)
    brief = from_plain(built["brief"], Brief)
    check()
    try:
        analysis = _ask(analyst, timeline, brief)
    except AnalysisError as error:
        log.warning("%s gave no analysis: %s", analyst.name, error.code)
        analysis = _stand_in(analyst.name, timeline, error, has_stand_in=has_stand_in, is_last_attempt=is_last_attempt)
    check()
    stored = media.save(name.render(), pack(analysis), content_type=GZIP)
    return Done(
        details={
            "analysis": to_plain(stored),
            "timeline": built["timeline"],
            "transcript": built["transcript"],
            "shown_title": brief.title,
            "shown_url": brief.url,
        },
        detail=f"{len(analysis.sections)} sections by {analysis.analyst}",
    )


def _ask(analyst: Analyst, timeline: Timeline, brief: Brief) -> Analysis:
    """Return what the analyst says and the evidence bears out; where that is nothing, the answer is of no use."""
    draft = analyst.analyse(timeline, brief)
    analysis = verify(draft, timeline, analyst=analyst.name, notes=(*timeline.notes, *draft.notes))
    if analyst.name != NAME and timeline.items and not analysis.sections:
        code = "invented" if draft.sections else "empty"
        raise UnusableAnswer(code, "Nothing that the analyst says is borne out by the evidence.")
    return analysis


def _stand_in(
    asked: str, timeline: Timeline, error: AnalysisError, *, has_stand_in: bool, is_last_attempt: bool
) -> Analysis:
    """Let the offline analyst step in where that is wanted and waiting is of no use any more."""
    if error.retryable and not (has_stand_in and is_last_attempt):
        raise Transient(f"{asked} gave no analysis ({error.code}): {error.message}") from error
    if not has_stand_in:
        raise Permanent(f"analyst_{error.code}", f"{asked} gave no analysis: {error.message}") from error
    draft = draft_of(timeline)
    note = f"This is the offline analyst's result, because {asked} gave none ({error.code}): {error.message}"
    analysis = verify(draft, timeline, analyst=NAME, notes=(note, *timeline.notes, *draft.notes))
    return replace(analysis, caveat=note)
