"""The timeline: what changed from moment to moment, with the live pages where they were first seen."""

from __future__ import annotations

from shared.evidence.aria import Node
from shared.evidence.aria_diff import Summary
from shared.evidence.pages import PageSnapshot
from shared.sessions.element_index import index_elements
from shared.sessions.frames import compare_frames
from shared.sessions.quotations import clock, write_change
from shared.sessions.timeline import build_timeline, live_elements
from shared.structs import replace
from tests.unit.pictures import CHECKOUT, FLOW, PAGES, THANKS, Picture, element

MOMENTS = build_timeline(compare_frames(FLOW), PAGES)


def test_the_first_frame_has_no_difference_and_begins_a_screen() -> None:
    assert MOMENTS[0].summary == Summary()
    assert MOMENTS[0].is_new_screen
    assert [node.name for node in MOMENTS[0].key_elements] == [
        "Checkout",
        "Back to cart",
        "Discount code",
        "Apply",
        "Place order",
    ]


def test_each_later_frame_tells_what_became_of_the_one_before() -> None:
    assert [moment.summary for moment in MOMENTS[1:5]] == [
        Summary(changed=2),
        Summary(added=1),
        Summary(added=4),
        Summary(changed=1),
    ]
    assert [write_change(change) for moment in MOMENTS[1:5] for change in moment.changes] == [
        'textbox "Discount code" -> textbox "SPRING10"',
        'button "Apply" [disabled] -> button "Apply"',
        'text "Code applied: -4.80"',
        'dialog "Place this order?" with text "You pay 48.00", button "Cancel", button "Confirm"',
        'button "Confirm" -> button "Confirm" [disabled], in dialog "Place this order?"',
    ]


def test_elements_with_a_state_are_the_key_elements_of_a_screen_that_is_known() -> None:
    assert MOMENTS[1].key_elements == ()
    assert MOMENTS[4].key_elements == (Node("button", "Confirm", attributes=(("disabled", "true"),)),)


def test_a_frame_that_could_not_be_read_changes_nothing_and_is_stepped_over() -> None:
    unread, after = MOMENTS[5], MOMENTS[6]

    assert (unread.error, unread.summary, unread.is_new_screen) == ("the picture is empty", Summary(), False)
    assert after.summary.removed > 0


def test_a_recording_whose_first_frame_could_not_be_read_begins_with_the_second() -> None:
    frames = compare_frames([Picture("frm_0", 0, CHECKOUT, error="x"), *FLOW[:2]])

    moments = build_timeline(frames, ())

    assert [moment.is_new_screen for moment in moments] == [False, True, False]
    assert [moment.summary.total for moment in moments] == [0, 0, 2]


def test_a_screen_of_which_little_was_there_before_is_new() -> None:
    assert [moment.number for moment in MOMENTS if moment.is_new_screen] == [1, 7]


def test_a_screen_with_words_alone_names_its_words() -> None:
    words = Picture("frm_1", 0, CHECKOUT, (element("text", "Loading", 0, 0, 90, 20),))

    (moment,) = build_timeline(compare_frames([words]), ())

    assert [node.name for node in moment.key_elements] == ["Loading"]


def test_a_page_is_told_once_where_its_url_is_first_seen() -> None:
    assert [moment.page for moment in MOMENTS] == [PAGES[0], *[None] * 5, PAGES[1]]
    assert [node.name for node in MOMENTS[0].found_live] == [node.name for node in MOMENTS[0].key_elements]


def test_a_snapshot_that_cannot_be_read_has_no_elements() -> None:
    assert live_elements([PageSnapshot(url=THANKS, aria="<html>"), PAGES[1]]) == {}


def test_frames_are_compared_as_the_wire_shows_them() -> None:
    frames = compare_frames(FLOW)

    assert [(one.node.name, one.status) for one in frames[2].marked if one.status] == [("Code applied: -4.80", "added")]
    assert all(one.status is None for one in frames[0].marked)
    assert compare_frames(replace(one, id="x") for one in FLOW)[3].summary == frames[3].summary


def test_an_element_is_told_from_its_first_moment_to_its_last() -> None:
    stories = {(story.role, story.name): story for story in index_elements(MOMENTS, live_elements(PAGES))}

    apply = stories["button", "Apply"]
    assert (apply.first, apply.last) == (1, 5)
    assert apply.events == ['2 became button "Apply"']
    assert apply.live == Node("button", "Apply", attributes=(("disabled", "true"),))
    assert stories["textbox", "SPRING10"].events == ['2 was textbox "Discount code"']
    assert stories["button", "Confirm"].events == ["4 appeared", '5 became button "Confirm" [disabled]']
    assert ("text", "Total 48.00") not in stories
    assert stories["text", "Code applied: -4.80"].events == ["3 appeared"]


def test_a_time_is_told_in_minutes_seconds_and_tenths() -> None:
    assert [clock(at_ms) for at_ms in (0, 59_999, 60_000, 3_600_050)] == ["0:00.0", "0:59.9", "1:00.0", "60:00.0"]
