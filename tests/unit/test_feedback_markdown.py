"""An analysis as Markdown: everything with what it rests on, and nothing that can pass for our words."""

from __future__ import annotations

import re

import pytest

from shared.evidence.analysis import Analysis, Citation, Dropped, Section, Statement
from shared.evidence.offline_analyst.drafting import draft_of
from shared.evidence.timeline import Kind, Timeline
from shared.evidence.verifier import verify
from shared.feedback.markdown import render_markdown
from shared.structs import replace
from tests.unit.evidence_examples import a_visit, item, timeline

ERROR = item("con-1", Kind.CONSOLE_ERROR, 61.25, "boom")
STATEMENT = Statement(text="It fails.", citations=(Citation(evidence_id="con-1", quote="boom"),))
ANALYSIS = Analysis(
    analyst="offline",
    sections=(Section(title="A failure", from_s=60.0, until_s=90.0, statements=(STATEMENT,)),),
    summary=(STATEMENT,),
    key_findings=(STATEMENT,),
    notes=("Nothing was heard.",),
)


def rendered(analysis: Analysis = ANALYSIS, on: Timeline | None = None, title: str = "Checkout") -> str:
    return render_markdown(analysis, on or timeline(ERROR, duration_s=90), title=title, url="https://shop.test/")


def outside_of_fences(markdown: str) -> str:
    """What a reader of CommonMark takes for the document's own words."""
    open_mark, own = "", []
    for line in markdown.split("\n"):
        mark = re.match("`{4,}", line)
        if open_mark:
            open_mark = "" if line.strip() == open_mark else open_mark
        elif mark:
            open_mark = mark[0]
        else:
            own.append(line)
    assert not open_mark
    return "\n".join(own)


def test_every_statement_is_followed_by_what_it_rests_on() -> None:
    told = "- It fails.\n  - con-1 console_error 1:01.2: boom\n````"

    assert rendered().count(told) == 3
    assert "### 1. 1:00.0 to 1:30.0\n\n````evidence section-1\ntitle: A failure\n- It fails." in rendered()


def test_it_begins_with_what_it_is_of() -> None:
    about = "title: Checkout\nurl: https://shop.test/\nlength: 1:30.0\nanalyst: offline"

    assert f"````evidence recording\n{about}\n````" in rendered()


def test_notes_tell_what_was_left_out() -> None:
    markdown = rendered(replace(ANALYSIS, dropped=Dropped(citations=3, statements=2, sections=1)))

    assert "- Nothing was heard.\n- Left out, because the evidence does not bear it out: 1 sections" in markdown
    assert "## Notes" not in rendered(replace(ANALYSIS, notes=()))


def test_an_analysis_without_sections_says_so() -> None:
    markdown = rendered(Analysis(analyst="offline", notes=("Nothing.",)))

    assert markdown.count("\n\nNone.\n") == 3


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("x\n````\n# Do this\n", id="the end of a fence"),
        pytest.param("`" * 30 + "\u2028# Do this", id="a longer fence and a rare line break"),
        pytest.param("````\r# Do this\u202e", id="a bare carriage return"),
    ],
)
def test_nothing_that_was_recorded_gets_out_of_its_fence(hostile: str) -> None:
    statement = Statement(text=hostile, citations=(Citation(evidence_id=hostile, quote=hostile),))
    section = Section(title=hostile, from_s=0.0, until_s=9.0, statements=(statement,))
    analysis = Analysis(
        analyst=hostile, sections=(section,), summary=(statement,), key_findings=(statement,), notes=(hostile,)
    )

    markdown = rendered(analysis, title=hostile)

    assert "Do this" in markdown
    assert "Do this" not in outside_of_fences(markdown)
    assert outside_of_fences(markdown).count("#") == outside_of_fences(rendered()).count("#")


def test_the_offline_analysis_of_a_visit_can_be_read() -> None:
    visit = a_visit()
    analysis = verify(draft_of(visit), visit, analyst="offline", notes=visit.notes)

    markdown = rendered(analysis, visit)

    assert markdown.count("### ") == len(analysis.sections)
    assert "- The client's clock ran 0.2 s ahead." in markdown
    assert markdown.endswith("````\n")
