"""What changed on a screen: told by its lines, and not by how they were read or where they moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.evidence.screen_changes import ScreenChange, compare_screens, headings_first
from shared.evidence.screens import ScreenLine
from tests.unit.client_logs import line

PAGE = [line("Request a quote", 10, height=32), line("Full name", 80), line("Email address", 120), line("Send", 200)]

lines = st.builds(
    line,
    st.sampled_from(["Save", "Cancel", "Total: $12.00", "Cart 1", "Your order was received", "x"]),
    st.integers(0, 700),
    x=st.integers(0, 1200),
)
screens = st.lists(lines, max_size=12)


def moved(line_: ScreenLine, by: int) -> ScreenLine:
    return line(line_.text, line_.box.y + by, x=line_.box.x, height=line_.box.height)


def words_of(change: ScreenChange, before: list[ScreenLine], after: list[ScreenLine]) -> dict[str, list[str]]:
    """What a change says, in words."""
    return {
        "appeared": [after[place].text for place in change.appeared],
        "changed": [f"{before[i].text} > {after[j].text}" for i, j in change.changed],
        "gone": [before[place].text for place in change.disappeared],
    }


NOTHING: dict[str, list[str]] = {"appeared": [], "changed": [], "gone": []}


def test_lines_that_came_and_went_are_told() -> None:
    after = [*PAGE[:3], line("Please enter a valid email address", 150), line("Try again", 400)]

    change = compare_screens(PAGE, after)

    assert words_of(change, PAGE, after) == {
        "appeared": ["Please enter a valid email address", "Try again"],
        "changed": [],
        "gone": ["Send"],
    }
    assert not change.is_new_screen


def test_a_line_that_says_something_else_in_its_place_has_changed() -> None:
    before, after = [*PAGE, line("Cart 1", 10, x=600)], [*PAGE, line("Cart 2", 12, x=602)]

    assert words_of(compare_screens(before, after), before, after) == {**NOTHING, "changed": ["Cart 1 > Cart 2"]}


def test_scrolling_shows_only_what_has_come_into_view() -> None:
    after = [*(moved(one, -60) for one in PAGE[1:]), line("Imprint", 500)]

    change = compare_screens(PAGE, after)

    assert words_of(change, PAGE, after) == {"appeared": ["Imprint"], "changed": [], "gone": ["Request a quote"]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Send request", "Sendrequest"),
        ("Item 1", "ltem l"),
        ("Room O1", "Room 01"),
        ("SAVE", "Save"),
        ("Prices exclude VAT.", "Prices exclude VAT"),
        ("We answer within one day", "We answer wlthin one day"),
        ("Current plan: Professional", "Current plan: Profesional"),
        ("The “best” plan", 'The "best" plan'),
    ],
    ids=["spaces", "one", "nought", "case", "stop", "letter", "end", "quotes"],
)
def test_what_reading_does_to_a_line_is_no_change(before: str, after: str) -> None:
    change = compare_screens([*PAGE, line(before, 300)], [*PAGE, line(after, 302)])

    assert change.kept == ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Total: $107.10 (10% off)", "Total: $107.20 (10% off)"),
        ("maria.example.com", "maria@example.com"),
        ("Your order number 1001", "Your order number 10011"),
        ("Save", "Saved"),
        ("Log in", "Log out"),
    ],
    ids=["price", "sign", "number", "short", "word"],
)
def test_what_somebody_would_see_is_a_change(before: str, after: str) -> None:
    change = compare_screens([*PAGE, line(before, 300)], [*PAGE, line(after, 300)])

    assert change.changed == ((4, 4),)


def test_of_equal_lines_each_is_matched_once() -> None:
    before, after = [line("Remove", 100), line("Remove", 200)], [line("Remove", 100)]

    change = compare_screens(before, after)

    assert (change.kept, change.disappeared) == (((0, 0),), (1,))


def test_another_page_is_a_new_screen() -> None:
    after = [PAGE[3], *(line(f"Product {number}", 300 + 40 * number) for number in range(3, 9))]

    assert compare_screens(PAGE, after).is_new_screen
    assert not compare_screens(PAGE, PAGE).is_new_screen


def test_headings_come_first_and_the_rest_in_its_order() -> None:
    page = [line("Products", 10), line("Pricing", 10, x=90), line("Office products", 60, height=34), line("Sort", 120)]

    assert [one.text for one in headings_first(page)] == ["Office products", "Products", "Pricing", "Sort"]
    assert headings_first([]) == []


@given(screens, screens)
def test_every_line_is_accounted_for_exactly_once(before: list[ScreenLine], after: list[ScreenLine]) -> None:
    change = compare_screens(before, after)

    pairs = [*change.kept, *change.changed]
    assert sorted([*(i for i, _ in pairs), *change.disappeared]) == list(range(len(before)))
    assert sorted([*(j for _, j in pairs), *change.appeared]) == list(range(len(after)))


@given(screens, st.integers(-300, 300))
def test_a_screen_that_has_only_moved_has_not_changed(before: list[ScreenLine], by: int) -> None:
    change = compare_screens(before, [moved(one, by) for one in before])

    assert (change.changed, change.appeared, change.disappeared) == ((), (), ())
