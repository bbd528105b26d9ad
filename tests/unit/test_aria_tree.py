"""The tree of a picture: reading order, and dialogs and menus around what lies in them."""

from __future__ import annotations

import random

import pytest

from shared.evidence.aria import MAX_DEPTH, Node
from shared.evidence.aria_tree import ARIA_ROLES, tree_of
from shared.evidence.aria_yaml import render_tree
from shared.evidence.elements import Role
from tests.unit.pictures import element


def test_every_role_of_a_picture_has_one_in_aria() -> None:
    assert set(ARIA_ROLES) == set(Role)


def test_a_picture_without_elements_is_an_empty_fragment() -> None:
    assert tree_of([]) == Node("fragment")


def test_elements_are_read_line_by_line_and_from_left_to_right() -> None:
    elements = [
        element("button", "Save", 300, 104, 80, 36),
        element("text", "Name", 40, 112, 60, 20),
        element("input", "Ann", 110, 100, 180, 40),
        element("heading", "Profile", 40, 20, 300, 40),
        element("link", "Help", 900, 30, 60, 20),
        element("text", "Footer", 40, 700, 200, 16),
    ]

    expected = ["Profile", "Help", "Name", "Ann", "Save", "Footer"]
    for seed in range(5):
        random.Random(seed).shuffle(elements)
        assert [node.name for node in tree_of(elements).children] == expected


def test_a_tall_picture_does_not_mix_the_lines_beside_it() -> None:
    beside = [element("text", f"line {line}", 400 - line, 20 + 40 * line, 200, 20) for line in range(7)]
    picture = element("image", "Chart", 40, 20, 300, 260)

    names = [node.name for node in tree_of([picture, *beside]).children if node.name != "Chart"]

    assert names == [one.label for one in beside]


def test_what_lies_in_a_dialog_or_a_menu_is_under_it() -> None:
    elements = [
        element("heading", "Orders", 40, 20, 200, 40),
        element("dialog", "Delete order?", 300, 200, 500, 300),
        element("button", "Cancel", 340, 430, 100, 40),
        element("button", "Delete", 640, 430, 100, 40, state="disabled"),
        element("menu", "Reasons", 340, 250, 200, 120),
        element("text", "Duplicate", 350, 260, 100, 20),
        element("button", "Behind", 40, 600, 100, 40),
    ]

    assert render_tree(tree_of(elements)).split("\n") == [
        '- heading "Orders"',
        '- dialog "Delete order?":',
        '  - menu "Reasons": Duplicate',
        '  - button "Cancel"',
        '  - button "Delete" [disabled]',
        '- button "Behind"',
    ]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (None, ()),
        ("", ()),
        ("disabled", (("disabled", "true"),)),
        ("Checked, error", (("checked", "true"), ("invalid", "true"))),
        ("focused; focus", (("active", "true"),)),
        ("] [level=1", (("level-1", "true"),)),
    ],
)
def test_a_state_becomes_attributes(state: str | None, expected: tuple[tuple[str, str], ...]) -> None:
    (node,) = tree_of([element("button", "x", 0, 0, 9, 9, state=state)]).children

    assert node.attributes == expected


def test_a_label_is_one_line() -> None:
    (node,) = tree_of([element("text", " two\n lines\t", 0, 0, 9, 9)]).children

    assert node.name == "two lines"


def test_dialogs_in_dialogs_without_end_make_no_tree_that_is_too_deep() -> None:
    elements = [element("dialog", str(size), 0, 0, 10 + 2 * size, 10 + 2 * size) for size in range(3 * MAX_DEPTH)]

    tree = tree_of(elements)

    assert tree.size == len(elements) + 1


def test_two_dialogs_of_one_place_do_not_lie_in_each_other() -> None:
    elements = [element("dialog", name, 0, 0, 100, 100) for name in "ab"]

    assert [node.name for node in tree_of(elements).children] == ["a", "b"]
