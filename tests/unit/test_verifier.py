"""What an analyst says is kept as far as the evidence bears it out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.evidence.analysis import Analysis, Citation, Draft, Dropped, Section, Statement
from shared.evidence.quoting import normalise, quoted, shorten
from shared.evidence.timeline import Evidence, Kind, Lane, Timeline
from shared.evidence.verifier import verify
from shared.structs import replace
from tests.unit.evidence_examples import item, timeline, words

CLICK = item("act-1", Kind.ACTION, 2.0, 'click "Save" (#save)')
ERROR = item("con-1", Kind.CONSOLE_ERROR, 2.4, "TypeError: total is undefined\n    at pay (cart.js:4)")
FRAME = item("frm-1", Kind.FRAME, 3.0, "appeared: Something went wrong", 9.0)
SPOKEN = words("I save it – and it doesn’t work.", 5.0)
TIMELINE = timeline(CLICK, ERROR, FRAME, SPOKEN, duration_s=10)


def cite(evidence: Evidence | str, quote: str | None = None) -> Citation:
    if isinstance(evidence, str):
        return Citation(evidence_id=evidence, quote=quote or "")
    return Citation(evidence_id=evidence.id, quote=evidence.text if quote is None else quote)


def say(text: str, *citations: Citation) -> Statement:
    return Statement(text=text, citations=citations)


def section(*statements: Statement, from_s: float = 0.0, until_s: float = 10.0, title: str = "Saving") -> Section:
    return Section(title=title, from_s=from_s, until_s=until_s, statements=statements)


def checked(
    *sections: Section,
    on: Timeline = TIMELINE,
    summary: tuple[Statement, ...] = (),
    key_findings: tuple[Statement, ...] = (),
) -> Analysis:
    return verify(Draft(sections=sections, summary=summary, key_findings=key_findings), on, analyst="someone")


def kept(citation: Citation, *, on: Timeline = TIMELINE, from_s: float = 0.0, until_s: float = 10.0) -> bool:
    return bool(checked(section(say("Saving fails.", citation), from_s=from_s, until_s=until_s), on=on).sections)


def test_what_the_evidence_bears_out_stays_as_it_was_said() -> None:
    told = section(say("Saving fails.", cite(CLICK), cite(ERROR, "total is undefined")), title="Saving fails")
    finding = say("There is an error.", cite(ERROR, "TypeError"))

    analysis = verify(
        Draft(sections=(told,), summary=(finding,), key_findings=(finding,)), TIMELINE, analyst="a", notes=("cut",)
    )

    assert analysis == Analysis(
        analyst="a", sections=(told,), summary=(finding,), key_findings=(finding,), notes=("cut",)
    )


@pytest.mark.parametrize(
    "citation",
    [
        pytest.param(cite("act-7", "click"), id="no such evidence"),
        pytest.param(cite(CLICK, "click Delete"), id="words that are not there"),
        pytest.param(cite(CLICK, ""), id="no words"),
        pytest.param(cite(CLICK, " \u200b\n"), id="words that cannot be seen"),
        pytest.param(cite(SPOKEN[0], "it does"), id="words that begin later"),
        pytest.param(cite(SPOKEN[-1], "work. again"), id="words after the last one"),
    ],
)
def test_a_citation_that_is_not_found_takes_its_statement_and_section_with_it(citation: Citation) -> None:
    analysis = checked(section(say("Saving fails.", citation)), summary=(say("It fails.", citation),))

    assert (analysis.sections, analysis.summary) == ((), ())
    assert analysis.dropped == Dropped(citations=2, statements=2, sections=1)


@pytest.mark.parametrize(
    "citation",
    [
        pytest.param(cite(CLICK, "CLICK  “save”"), id="other quotes, blanks and capitals"),
        pytest.param(cite(ERROR, "undefined at pay"), id="across lines"),
        pytest.param(cite(ERROR, "Type\u00adError"), id="a hyphen that cannot be seen"),
        pytest.param(cite(SPOKEN[0], "I save it - and it doesn't"), id="several words, another dash and apostrophe"),
        pytest.param(cite(SPOKEN[6], "doesn’t work"), id="from a word in the middle"),
        pytest.param(cite(SPOKEN[7], "work"), id="a word without its full stop"),
    ],
)
def test_a_quote_is_found_however_it_is_written(citation: Citation) -> None:
    assert kept(citation)


def test_a_statement_loses_the_citations_that_do_not_stand() -> None:
    analysis = checked(section(say("Saving fails.", cite("net-9", "500"), cite(ERROR, "TypeError"))))

    assert analysis.sections[0].statements[0].citations == (cite(ERROR, "TypeError"),)
    assert analysis.dropped == Dropped(citations=1)


@pytest.mark.parametrize(
    ("evidence", "from_s", "until_s", "lies_in_it"),
    [
        pytest.param(ERROR, 2.0, 3.0, True, id="within"),
        pytest.param(ERROR, 2.44, 3.0, True, id="as far before as clocks are apart"),
        pytest.param(ERROR, 2.5, 3.0, False, id="before"),
        pytest.param(ERROR, 1.0, 2.3, False, id="after"),
        pytest.param(FRAME, 8.0, 9.5, True, id="still to be seen"),
        pytest.param(FRAME, 9.5, 10.0, False, id="not to be seen any more"),
    ],
)
def test_a_section_can_only_cite_what_happens_in_it(
    evidence: Evidence, from_s: float, until_s: float, lies_in_it: bool
) -> None:
    assert kept(cite(evidence), from_s=from_s, until_s=until_s) == lies_in_it


def test_summary_and_findings_may_cite_anything() -> None:
    analysis = checked(summary=(say("It was saved.", cite(CLICK)),), key_findings=(say("It fails.", cite(FRAME)),))

    assert (len(analysis.summary), len(analysis.key_findings)) == (1, 1)


@pytest.mark.parametrize(
    ("text", "is_borne_out"),
    [
        ("The person presses “Save”.", True),
        ("The person presses “Save,” and waits.", True),
        ('The person presses "Save".', True),
        ("The person presses “Delete”.", False),
        ('The person presses "Save" and "Delete".', False),
        ("The page says “Something went wrong”.", False),
    ],
)
def test_what_a_statement_puts_between_quotes_is_in_what_it_cites(text: str, is_borne_out: bool) -> None:
    analysis = checked(section(say(text, cite(CLICK, "click")), say("There is an error.", cite(ERROR, "TypeError"))))

    assert (text in [statement.text for statement in analysis.sections[0].statements]) == is_borne_out


def test_a_statement_without_words_goes() -> None:
    assert checked(section(say(" ", cite(CLICK)))).sections == ()


@pytest.mark.parametrize(
    ("title", "stays"),
    [
        ("Saving the cart fails", True),
        ("Total is undefined", True),
        ("“TypeError” while saving", True),
        ("“ReferenceError” while saving", False),
        ("Payment by card declined", False),
        ("", False),
    ],
)
def test_a_title_says_what_its_statements_say_or_gives_way_to_the_first_of_them(title: str, stays: bool) -> None:
    told = section(say("Saving the cart fails.", cite(ERROR)), title=title)

    [found] = checked(told).sections

    assert found.title == (title if stays else "Saving the cart fails.")


def test_sections_are_clipped_and_in_order_and_end_where_the_next_begins() -> None:
    click, error = say("The person saves.", cite(CLICK)), say("It fails.", cite(ERROR), cite(FRAME))

    analysis = checked(section(error, from_s=2.2, until_s=99.0), section(click, from_s=-5.0, until_s=8.0))

    assert [(one.from_s, one.until_s) for one in analysis.sections] == [(0.0, 2.2), (2.2, 10.0)]


def test_what_a_section_cites_after_the_next_one_began_does_not_stand() -> None:
    analysis = checked(
        section(say("It fails.", cite(ERROR)), from_s=0.0, until_s=10.0),
        section(say("It says so.", cite(FRAME)), from_s=2.2, until_s=10.0),
    )

    assert [one.from_s for one in analysis.sections] == [2.2]
    assert analysis.dropped == Dropped(citations=1, statements=1, sections=1)


@pytest.mark.parametrize(
    ("from_s", "until_s"),
    [(8.0, 2.0), (11.0, 12.0), (float("nan"), 5.0), (0.0, float("inf"))],
    ids=["backwards", "after the end", "not a number", "for ever"],
)
def test_a_section_that_is_no_part_of_the_recording_goes(from_s: float, until_s: float) -> None:
    analysis = checked(section(say("It fails.", cite(ERROR)), from_s=from_s, until_s=until_s))

    assert analysis.sections == ()
    assert analysis.dropped == Dropped(citations=1, statements=1, sections=1)


@st.composite
def _recordings(draw: st.DrawFn) -> tuple[Timeline, Draft]:
    """A timeline whose texts are all different, and a draft of which everything stands."""
    kinds = draw(st.lists(st.sampled_from([Kind.ACTION, Kind.CONSOLE_ERROR, Kind.TRANSCRIPT]), min_size=1, max_size=8))
    items = [item(f"{kind.value}-{at}", kind, float(at), f"{kind.value}{at}x") for at, kind in enumerate(kinds)]
    built = timeline(items, duration_s=len(items))
    chosen = st.lists(st.sampled_from(items), min_size=1, max_size=3, unique_by=lambda one: one.id)
    statements = st.lists(st.builds(lambda cited: say("It is so.", *map(cite, cited)), chosen), max_size=3)
    spoken = [one for one in items if one.lane is Lane.TRANSCRIPT]
    run = [say("It is said.", cite(spoken[0], " ".join(word.text for word in spoken)))] if spoken else []
    told = [*draw(statements), *run]
    return built, Draft(
        sections=(section(*told, until_s=float(len(items)), title="It is"),) if told else (),
        summary=tuple(draw(statements)),
        key_findings=tuple(draw(statements)),
    )


@given(_recordings(), st.data())
def test_without_a_piece_of_evidence_what_rested_on_it_alone_is_gone_and_everything_else_stays(
    recording: tuple[Timeline, Draft], data: st.DataObject
) -> None:
    whole, draft = recording
    removed = data.draw(st.sampled_from(whole.items))

    analysis = verify(draft, replace(whole, items=tuple(one for one in whole.items if one != removed)), analyst="a")

    assert _statements(verify(draft, whole, analyst="a")) == _statements(draft)
    assert _statements(analysis) == [
        replace(statement, citations=standing)
        for statement in _statements(draft)
        if (standing := tuple(one for one in statement.citations if removed.text not in one.quote))
    ]


def _statements(told: Draft | Analysis) -> list[Statement]:
    in_sections = [statement for section in told.sections for statement in section.statements]
    return [*in_sections, *told.summary, *told.key_findings]


@given(_recordings())
def test_checking_what_was_checked_changes_nothing(recording: tuple[Timeline, Draft]) -> None:
    whole, draft = recording
    once = verify(draft, whole, analyst="a")

    again = verify(
        Draft(sections=once.sections, summary=once.summary, key_findings=once.key_findings), whole, analyst="a"
    )

    assert again == once


@given(st.text())
def test_a_normalised_text_is_normalised_already(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_shortened_text_is_found_in_the_whole(text: str, max_chars: int) -> None:
    assert normalise(shorten(text, max_chars)) in normalise(text)
    assert len(shorten(text, max_chars)) <= max_chars


def test_an_accent_is_not_cut_off_its_letter() -> None:
    assert shorten("abe\u0301cd", 3) == "ab"


def test_a_word_that_cannot_be_seen_does_not_part_a_quote() -> None:
    heard = [
        item(f"wrd-{place}", Kind.TRANSCRIPT, place / 2, word) for place, word in enumerate(["it", "\u200b", "fails"])
    ]

    assert kept(cite(heard[0], "it fails"), on=timeline(heard))
    assert not kept(cite(heard[1], "fails"), on=timeline(heard))


def test_a_quotation_that_goes_on_says_so_outside_of_its_quotes() -> None:
    assert quoted("He said “no” to all of it", 12) == '“He said "no"” …'
