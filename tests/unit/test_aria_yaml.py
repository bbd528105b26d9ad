"""ARIA snapshots: what a browser wrote is read and written back to the byte; what is none is refused."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.evidence.aria import MAX_DEPTH, Node, TreeTooDeep
from shared.evidence.aria_yaml import MAX_NODES, AriaFormatError, describe, parse_tree, render_tree
from tests.unit.aria_trees import heads, trees, words

#: Written by Chromium through Playwright's `page.aria_snapshot()`, from a page of hard cases.
FROM_A_BROWSER = (Path(__file__).parent / "golden" / "hard-cases.aria.yaml").read_text()


def only(snapshot: str) -> Node:
    (node,) = parse_tree(snapshot).children
    return node


def test_what_a_browser_wrote_is_written_back_to_the_byte() -> None:
    assert render_tree(parse_tree(FROM_A_BROWSER)) == FROM_A_BROWSER


def test_names_attributes_properties_and_text_of_a_browser_are_read() -> None:
    nodes = list(parse_tree(FROM_A_BROWSER).walk())

    assert Node("heading", 'It\'s: "quoted" \\ back `tick` {x}', attributes=(("level", "1"),)) in nodes
    assert Node("link", "Home: a", properties=(("url", "/a?x=1#y"),)) in nodes
    assert Node("textbox", "Name", (Node("text", "Ann: x"),), properties=(("placeholder", "Your name"),)) in nodes
    assert Node("checkbox", "mix", attributes=(("checked", "mixed"),)) in nodes
    assert Node("button", "/regex/", attributes=(("expanded", "true"), ("pressed", "mixed"))) in nodes
    assert Node("paragraph", children=(Node("text", "- /url: fake"),)) in nodes
    assert Node("img", "Logo [ref=e1]") in nodes


@pytest.mark.parametrize("empty", ["", "\n", "  \n\n"])
def test_an_empty_page_is_a_fragment_without_children(empty: str) -> None:
    assert parse_tree(empty) == Node("fragment")
    assert render_tree(parse_tree(empty)) == ""


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        ("- heading /Issues \\d+/ [level=2]", Node("heading", "/Issues \\d+/", attributes=(("level", "2"),))),
        ("- button [ checked = mixed ]", Node("button", attributes=(("checked", "mixed"),))),
        ('- text: "\\x41\\u00e9\\U0001F600\\t\\"\\\\"', Node("text", 'Aé😀\t"\\')),
        ('- button "\\ud83d\\ude00 \\ud83d"', Node("button", "😀 \ufffd")),
        ("- text: 'it''s'", Node("text", "it's")),
        ("- list:", Node("list")),
        ("- link:\n    - /url: http://x/a: b", Node("link", properties=(("url", "http://x/a: b"),))),
        ("- main:\r\n  - text: a\r\n", Node("main", children=(Node("text", "a"),))),
        ("- text: one\u2028- button", Node("text", "one\u2028- button")),
    ],
)
def test_spellings_that_people_and_other_versions_use_are_read(snapshot: str, expected: Node) -> None:
    assert only(snapshot) == expected


@given(trees(st.builds(Node, st.sampled_from(["button", "text"]), words) | heads, max_size=6))
def test_a_tree_is_read_as_it_was_written(tree: Node) -> None:
    assert parse_tree(render_tree(tree)) == tree


@pytest.mark.parametrize(
    "snapshot",
    [
        "button",
        "{}",
        "- ",
        "- : x",
        "\t- button",
        "- button\n    - text: a\n  - text: b",
        "  - text: a\n- text: b",
        "- button: x\n  - text: y",
        "- /url: x\n  - text: y",
        '- button "open',
        "- 'button",
        '- text: "open',
        '- text: "a" b"',
        '- text: "a\\"',
        '- text: "\\UFFFFFFFF"',
        "- text: '",
        "- button [a",
        "- button [!]",
        "- button extra",
        "- &anchor button",
        "- !!python/object:os.system",
        "- *alias",
        "- - nested",
        "- ? button",
    ],
)
def test_what_is_no_snapshot_is_refused(snapshot: str) -> None:
    with pytest.raises(AriaFormatError):
        parse_tree(snapshot)


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(AriaFormatError, match="line 2"):
        parse_tree("- button\nbutton")


@given(st.lists(st.sampled_from([*" \n-:'\"\\/[]=#a1x{&|>\u2028\ud800", "  - ", "\n- ", "text: "])).map("".join))
@example('- "' + "\\" * 9 + '"')
def test_any_text_is_a_tree_or_refused(text: str) -> None:
    try:
        tree = parse_tree(text)
    except AriaFormatError:
        return

    assert parse_tree(render_tree(tree)) == tree


def test_a_snapshot_that_nests_too_deep_is_refused() -> None:
    def nested(levels: int) -> str:
        return "\n".join("  " * level + "- list:" for level in range(levels))

    assert parse_tree(nested(MAX_DEPTH - 2)).depth == MAX_DEPTH - 1
    for too_many in (MAX_DEPTH + 1, 2000):
        with pytest.raises(AriaFormatError, match="deep"):
            parse_tree(nested(too_many))


def test_a_snapshot_that_is_too_long_is_refused() -> None:
    with pytest.raises(AriaFormatError, match="more than"):
        parse_tree("- button\n" * (MAX_NODES + 1))


@pytest.mark.parametrize(
    "line",
    [
        "- button " + " " * 100_000 + "x",
        '- button "' + "\\" * 100_001,
        "- button " + "[a]" * 50_000 + "x",
        "- button [a=" + " " * 100_000,
        "- '" + "''" * 50_000,
        '- text: "' + '\\"' * 50_000,
        '- text: "' + "\\\\" * 50_000 + 'x"y"',
    ],
)
def test_a_long_line_takes_no_longer_than_its_length(line: str) -> None:
    started = time.process_time()

    with pytest.raises(AriaFormatError):
        parse_tree(line)

    assert time.process_time() - started < 2


def test_a_tree_that_nests_too_deep_cannot_be_made() -> None:
    node = Node("list")
    for _ in range(MAX_DEPTH - 1):
        node = Node("list", children=(node,))

    with pytest.raises(TreeTooDeep):
        Node("list", children=(node,))


def test_a_node_is_described_by_its_key() -> None:
    node = Node("checkbox", 'I "agree"', attributes=(("checked", "true"), ("level", "2")))

    assert describe(node) == 'checkbox "I \\"agree\\"" [checked] [level=2]'
