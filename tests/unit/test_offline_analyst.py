"""An analysis that consists of what the evidence says."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.evidence.analysis import Analysis, Dropped, Section, Statement
from shared.evidence.offline_analyst.drafting import NAME, NOTHING_TO_TELL, draft_of
from shared.evidence.offline_analyst.screens import complains
from shared.evidence.quoting import normalise, quotations_in
from shared.evidence.timeline import Evidence, Kind, Timeline
from shared.evidence.verifier import verify
from shared.structs import replace
from tests.unit.evidence_examples import (
    CONSOLE_ERROR,
    FAILED_REQUEST,
    VALIDATION,
    a_visit,
    item,
    screen,
    timeline,
    words,
)


def analysed(recording: Timeline) -> Analysis:
    """What is left of the draft: all of it, or the analyst says what the evidence does not."""
    draft = draft_of(recording)
    analysis = verify(draft, recording, analyst=NAME, notes=draft.notes)
    assert analysis.dropped == Dropped()
    return analysis


def statements_of(analysis: Analysis) -> list[Statement]:
    in_sections = [statement for section in analysis.sections for statement in section.statements]
    return [*in_sections, *analysis.summary, *analysis.key_findings]


def texts(section: Section) -> list[str]:
    return [statement.text for statement in section.statements]


def test_a_visit_is_told_in_its_own_words() -> None:
    first, second, third, fourth = analysed(a_visit()).sections

    assert (first.title, first.from_s, first.until_s) == ("The page opens: “https://shop.test/contact”", 0.0, 7.5)
    assert texts(first) == [
        "The page opens: “https://shop.test/contact”.",
        "On the screen: “shows: Request a quote”.",
        "The person says: “Hello.”",
        "The person says: “I open the contact page to request a quote.”",
        'The person does this: “input "maria.example.com" into #email”.',
    ]
    assert second.title == f"The screen says: “{VALIDATION}”"
    assert third.title == "A dialog seems to open: “Confirm Professional plan”"
    assert texts(third)[-1] == "The screen says: “Plan changed to Professional”."
    assert texts(fourth) == [
        "The person does this: “click Apply coupon”.",
        f"A request fails: “{FAILED_REQUEST}”.",
        f"The console reports an error: “{CONSOLE_ERROR}”.",
        "The console warns: “deprecated: total()”.",
    ]


def test_cause_and_effect_are_in_one_section() -> None:
    _, second, _, fourth = analysed(a_visit()).sections

    assert texts(second)[0] == "The person does this: “click Send request”."
    assert (second.from_s, fourth.from_s) == (7.5, 24.0)


@pytest.mark.parametrize(
    ("text", "at_s"), [(CONSOLE_ERROR, 24.4), (FAILED_REQUEST, 24.1), (VALIDATION, 8.0)], ids=["log", "net", "screen"]
)
def test_what_went_wrong_is_in_a_section_that_cites_the_moment(text: str, at_s: float) -> None:
    recording = a_visit()
    at = {one.id: one.at_s for one in recording.items}

    [cited] = [
        (section, at[citation.evidence_id])
        for section in analysed(recording).sections
        for statement in section.statements
        for citation in statement.citations
        if citation.quote == text
    ]

    section, cited_at_s = cited
    assert section.from_s <= at_s <= section.until_s
    assert abs(cited_at_s - at_s) <= 0.5


def test_findings_are_what_went_wrong_and_then_what_came_of_it() -> None:
    findings = analysed(a_visit()).key_findings

    assert [finding.text for finding in findings] == [
        f"At 0:24.4 the console reports an error: “{CONSOLE_ERROR}”.",
        f"At 0:24.1 a request fails: “{FAILED_REQUEST}”.",
        f"At 0:08.0 the screen says: “{VALIDATION}”.",
        "At 0:20.0 the screen says: “Plan changed to Professional”.",
        "At 0:15.5 a dialog seems to open: “Confirm Professional plan”.",
        "At 0:26.0 the console warns: “deprecated: total()”.",
    ]


def test_the_summary_tells_the_beginning_the_intention_the_trouble_and_the_end() -> None:
    assert [statement.text for statement in analysed(a_visit()).summary] == [
        "First, the page opens: “https://shop.test/contact”.",
        "The person says: “I open the contact page to request a quote.”",
        f"The console reports an error: “{CONSOLE_ERROR}”.",
        "Last, the screen says: “Plan changed to Professional”.",
    ]


def test_the_same_error_is_told_once_with_all_its_moments() -> None:
    errors = [item(f"con-{number}", Kind.CONSOLE_ERROR, number / 2, "boom") for number in range(1, 8)]

    analysis = analysed(timeline(errors, duration_s=7))

    [statement] = analysis.sections[0].statements
    assert statement.text == "The console reports an error, repeatedly: “boom”."
    assert [citation.evidence_id for citation in statement.citations] == ["con-1", "con-2", "con-3", "con-4", "con-5"]
    assert analysis.key_findings == (statement,)


def test_errors_that_are_too_many_to_tell_are_counted() -> None:
    errors = [item(f"con-{number}", Kind.CONSOLE_ERROR, 1.0, f"boom {number}") for number in range(40)]

    analysis = analysed(timeline(errors, duration_s=7))

    assert len(analysis.sections[0].statements) == 12
    assert len(analysis.key_findings) == 12
    assert analysis.notes == ("28 different errors are not told, where there were many at a time.",)


def test_what_somebody_says_after_a_pause_begins_a_section() -> None:
    spoken = [*words("This is one thing.", 1.0), *words("This is another.", 12.0, first=5)]

    assert [section.from_s for section in analysed(timeline(spoken)).sections] == [0.0, 12.0]


def test_a_silent_recording_is_cut_where_its_screen_changes() -> None:
    screens = [
        screen(number, 10.0 * number, 10.0 * number + 10, f"appeared: page {number}", "Page") for number in range(3)
    ]

    analysis = analysed(timeline(*screens))

    assert [section.title for section in analysis.sections] == [
        f"On the screen: “appeared: page {number}”" for number in range(3)
    ]


def test_a_screen_without_a_new_line_is_told_where_nothing_else_is() -> None:
    still = screen(1, 1.0, 9.0, "No text changed")

    alone, accompanied = analysed(timeline(still)), analysed(timeline(still, item("act-1", Kind.ACTION, 3.0, "scroll")))

    assert texts(alone.sections[0]) == ["The recording has: “No text changed”."]
    assert texts(accompanied.sections[0]) == ["The person does this: “scroll”."]


def test_a_recording_that_shows_nothing_says_so() -> None:
    assert analysed(timeline()) == Analysis(analyst=NAME, notes=(NOTHING_TO_TELL,))


@pytest.mark.parametrize(
    "recording",
    [
        pytest.param(timeline(item("act-1", Kind.ACTION, 3.0, "click Save")), id="nothing but an action"),
        pytest.param(timeline(words("Hello there.", 1.0)), id="nothing but speech"),
        pytest.param(timeline(item("con-1", Kind.CONSOLE, 3.0, "started")), id="nothing but a log"),
        pytest.param(timeline(screen(1, 0.0, 0.0, "shows: Home", "Home"), duration_s=0.0), id="one picture"),
    ],
)
def test_little_evidence_is_told_too(recording: Timeline) -> None:
    analysis = analysed(recording)

    assert [len(section.statements) for section in analysis.sections] == [1]
    assert len(analysis.summary) == 1


def test_a_stack_is_not_told_and_a_long_message_is_cut_at_a_word() -> None:
    error = item("con-1", Kind.CONSOLE_ERROR, 1.0, f"{'word ' * 100}\n    at onclick (cart:4)")

    [statement] = analysed(timeline(error)).sections[0].statements

    assert statement.text.endswith("word” …")
    assert "cart:4" not in statement.text
    assert len(statement.citations[0].quote) <= 240


@pytest.mark.parametrize("text", ["he said “no”", "it’s 5” wide", "“", "“open", 'a "b” c', "” “"])
def test_quotes_in_the_evidence_do_not_end_a_quotation(text: str) -> None:
    error = item("con-1", Kind.CONSOLE_ERROR, 1.0, f"{text} is wrong")

    assert len(analysed(timeline(error)).key_findings) == 1


@pytest.mark.parametrize(
    ("line", "on_a_form", "on_a_new_page"),
    [
        ("Please enter a valid email address", True, False),
        ("Password must have 8 characters", True, False),
        ("Something went wrong", True, True),
        ("Error 500: coupon backend unavailable", True, True),
        ("What if my payment failed?", False, False),
        ("Email (required)", False, False),
        ("Order now", False, False),
    ],
)
def test_a_complaint_is_told_from_a_description(line: str, on_a_form: bool, on_a_new_page: bool) -> None:
    assert complains(line, alarms_only=False) == on_a_form
    assert complains(line, alarms_only=True) == on_a_new_page


def test_a_whole_new_screen_is_no_dialog() -> None:
    lines = [f"Line {number}" for number in range(20)]

    analysis = analysed(
        timeline(screen(1, 0.0, 9.0, "shows: Home", "Home"), screen(2, 9.0, 30.0, "x", *lines, "Close"))
    )

    assert not [one for one in statements_of(analysis) if "dialog" in one.text]


def test_the_tenth_line_of_a_screen_comes_after_the_second() -> None:
    lines = ["Delete the account", "Are you sure?", *(f"Line {number}" for number in range(8)), "Cancel"]

    analysis = analysed(timeline(screen(1, 0.0, 9.0, "shows: Home", "Home"), screen(2, 9.0, 30.0, "x", *lines)))

    assert "A dialog seems to open: “Delete the account”." in texts(analysis.sections[-1])


_TEXTS = st.sampled_from(
    [
        "Saved",
        "Error: “x” is wrong",
        'click 5" box',
        "Cancel",
        "Are you sure",
        "",
        " \n ",
        "https://a.test/?q=ü",
        "完了",
    ]
) | st.text(max_size=30)


@st.composite
def recordings(draw: st.DrawFn) -> Timeline:
    """Any evidence at any time, in the order of a timeline."""
    duration_s = draw(st.floats(0, 7200))
    kinds = draw(st.lists(st.sampled_from(Kind), max_size=40))
    items: list[Evidence] = []
    for number, kind in enumerate(kinds):
        at_s = draw(st.floats(0, duration_s))
        frame = "frame-0" if kind is Kind.OCR else ""
        items.append(item(f"{kind.value}-{number}", kind, at_s, draw(_TEXTS), frame=frame))
    return timeline(items, duration_s=duration_s)


@given(recordings())
def test_nothing_is_said_that_does_not_stand(recording: Timeline) -> None:
    sections = analysed(recording).sections

    assert len(sections) <= 20
    assert all(section.until_s - section.from_s >= 3.99 for section in sections[1:])


@given(recordings(), st.data())
def test_without_a_piece_of_evidence_nothing_of_it_is_left(recording: Timeline, data: st.DataObject) -> None:
    removed = data.draw(st.sampled_from(recording.items)) if recording.items else None
    others = tuple(one for one in recording.items if one is not removed)

    analysis = verify(draft_of(recording), replace(recording, items=others), analyst=NAME)

    rest = normalise(" ".join(one.text for one in sorted(others, key=lambda one: one.lane)))
    said = [*(statement.text for statement in statements_of(analysis)), *(one.title for one in analysis.sections)]
    assert all(quotation in rest for text in said for quotation in quotations_in(text))


def test_five_thousand_pieces_of_evidence_are_told_within_a_second() -> None:
    chance = random.Random(7)
    kinds = [kind for kind in Kind if kind is not Kind.TRANSCRIPT]
    items = [
        item(f"{number:04d}", chance.choice(kinds), number * 1.4, f"message {number % 900} of some length")
        for number in range(5000)
    ]
    recording = timeline(items, words("and so on. " * 700, 1.0, gap_s=1.0), duration_s=7200)

    began_s = time.perf_counter()
    analysis = analysed(recording)

    assert time.perf_counter() - began_s < 1
    assert 5 < len(analysis.sections) <= 20


def test_the_same_recording_is_always_told_in_the_same_way() -> None:
    assert draft_of(a_visit()) == draft_of(a_visit())
