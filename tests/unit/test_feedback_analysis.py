"""From evidence to an analysis: who is asked, who steps in, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.evidence.analysis import Analysis, Citation, Draft, Section, Statement
from shared.evidence.offline_analyst.drafting import NAME, draft_of
from shared.evidence.timeline import Timeline
from shared.evidence.transcript import Transcript
from shared.feedback.analysis import analyze
from shared.ports.analysts import (
    AnalysisError,
    AnalystRefused,
    AnalystRejectedUs,
    AnalystUnavailable,
    Brief,
    UnusableAnswer,
)
from shared.recordings.codec import from_plain, to_plain
from shared.recordings.handover import GZIP, pack, unpack
from shared.recordings.objects import OutputName
from shared.recordings.outcomes import Done, LeaseLost, Permanent, Transient
from shared.recordings.recording import Family, StoredObject
from tests.unit.evidence_examples import CONSOLE_ERROR, a_visit, timeline
from tests.unit.fake_media import FakeMedia
from tests.unit.fakes import FakeClock

ID = "0b9f6f0a-3c55-4f0e-8d11-6a2f6f0a3c55"
MODEL = "gemini-2.5-flash"
BRIEF = Brief(title="Checkout", intent="log in", url="https://shop.test/")
REFUSED = AnalystRefused("blocked", "It was blocked.")
BUSY = AnalystUnavailable("rate_limited", "It takes no more requests.")


@dataclass
class FakeAnalyst:
    """Says what a test wants, and remembers what it was told."""

    says: Draft | AnalysisError
    name: str = MODEL
    briefs: list[Brief] = field(default_factory=list)

    def analyse(self, timeline: Timeline, brief: Brief) -> Draft:
        self.briefs.append(brief)
        if isinstance(self.says, AnalysisError):
            raise self.says
        return self.says


@pytest.fixture
def media() -> FakeMedia:
    return FakeMedia(FakeClock())


def nothing() -> None:
    """A lease that is held."""


def run(
    media: FakeMedia,
    says: Draft | AnalysisError | FakeAnalyst,
    *,
    on: Timeline | None = None,
    has_stand_in: bool = True,
    is_last_attempt: bool = False,
    check: Callable[[], None] = nothing,
) -> Done:
    """Analyse a recording whose timeline is built."""
    return analyze(
        built=_built(media, on or a_visit()),
        analyst=says if isinstance(says, FakeAnalyst) else FakeAnalyst(says),
        has_stand_in=has_stand_in,
        is_last_attempt=is_last_attempt,
        name=_output("analyze_evidence", "analysis.json.gz"),
        media=media,
        check=check,
    )


def _output(step: str, file: str) -> OutputName:
    return OutputName(Family.FEEDBACK, ID, "run1", step, 1, file)


def _built(media: FakeMedia, of: Timeline) -> dict[str, Any]:
    save = media.save
    return {
        "timeline": to_plain(save(_output("build_timeline", "timeline.json.gz").render(), pack(of), content_type=GZIP)),
        "transcript": to_plain(
            save(_output("build_timeline", "transcript.json.gz").render(), pack(Transcript()), content_type=GZIP)
        ),
        "brief": to_plain(BRIEF),
    }


def analysis_of(done: Done, media: FakeMedia) -> Analysis:
    stored = from_plain(done.details["analysis"], StoredObject)
    return unpack(b"".join(media.stream(stored)), Analysis)


def a_draft(*, cites: str = "con-2") -> Draft:
    """A draft of one section; what it cites is in the visit or is not."""
    statement = Statement(text="The coupon fails.", citations=(Citation(evidence_id=cites, quote=CONSOLE_ERROR),))
    section = Section(title="Coupon fails", from_s=20.0, until_s=30.0, statements=(statement,))
    return Draft(sections=(section,), summary=(statement,), key_findings=(statement,), notes=("7 lines cut.",))


def test_what_the_analyst_says_is_stored_with_what_it_rests_on(media: FakeMedia) -> None:
    done = run(media, a_draft())

    analysis = analysis_of(done, media)
    timeline = unpack(b"".join(media.stream(from_plain(done.details["timeline"], StoredObject))), Timeline)
    assert (analysis.analyst, analysis.sections) == (MODEL, a_draft().sections)
    assert analysis.notes == ("The client's clock ran 0.2 s ahead.", "7 lines cut.")
    assert timeline == a_visit()
    assert set(done.details) == {"analysis", "timeline", "transcript", "shown_title", "shown_url"}
    assert done.detail == f"1 sections by {MODEL}"


def test_the_analyst_is_told_what_the_person_said_and_readers_see_it(media: FakeMedia) -> None:
    analyst = FakeAnalyst(a_draft())

    done = run(media, analyst)

    assert analyst.briefs == [BRIEF]
    assert (done.details["shown_title"], done.details["shown_url"]) == (BRIEF.title, BRIEF.url)


def test_the_offline_analyst_is_one_as_any_other(media: FakeMedia) -> None:
    done = run(media, FakeAnalyst(draft_of(a_visit()), name=NAME))

    analysis = analysis_of(done, media)
    assert (analysis.analyst, len(analysis.sections)) == (NAME, 4)


def test_a_recording_without_evidence_has_an_analysis_without_sections(media: FakeMedia) -> None:
    assert analysis_of(run(media, Draft(), on=timeline()), media).sections == ()


@pytest.mark.parametrize(
    "says",
    [BUSY, UnusableAnswer("cut_off", "It was cut off."), a_draft(cites="con-99"), Draft()],
    ids=["busy", "an unusable answer", "an invented answer", "an empty answer"],
)
@pytest.mark.parametrize(("has_stand_in", "is_last_attempt"), [(True, False), (False, False), (False, True)])
def test_what_may_succeed_later_is_tried_again(
    media: FakeMedia, says: Draft | AnalysisError, has_stand_in: bool, is_last_attempt: bool
) -> None:
    with pytest.raises(Transient, match=f"{MODEL} gave no analysis"):
        run(media, says, has_stand_in=has_stand_in, is_last_attempt=is_last_attempt)


@pytest.mark.parametrize(
    ("says", "code", "is_last_attempt"),
    [
        pytest.param(BUSY, "rate_limited", True, id="busy to the last"),
        pytest.param(a_draft(cites="con-99"), "invented", True, id="inventing to the last"),
        pytest.param(Draft(), "empty", True, id="silent to the last"),
        pytest.param(REFUSED, "blocked", False, id="refused"),
        pytest.param(AnalystRejectedUs("unknown_model", "No such model."), "unknown_model", False, id="unknown"),
    ],
)
def test_the_offline_analyst_steps_in_and_says_so(
    media: FakeMedia, says: Draft | AnalysisError, code: str, is_last_attempt: bool
) -> None:
    analysis = analysis_of(run(media, says, is_last_attempt=is_last_attempt), media)

    assert (analysis.analyst, len(analysis.sections)) == (NAME, 4)
    assert analysis.notes[0].startswith(f"This is the offline analyst's result, because {MODEL} gave none ({code}): ")
    assert analysis.caveat == analysis.notes[0]


def test_without_a_stand_in_a_refusal_fails_the_run(media: FakeMedia) -> None:
    with pytest.raises(Permanent) as caught:
        run(media, REFUSED, has_stand_in=False)

    assert (caught.value.failure.code, caught.value.failure.message) == (
        "analyst_blocked",
        f"{MODEL} gave no analysis: It was blocked.",
    )


def test_an_attempt_that_is_somebody_elses_stores_nothing(media: FakeMedia) -> None:
    def lose() -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        run(media, a_draft(), check=lose)

    assert not [name for _, name in media.objects if "analyze_evidence" in name]
