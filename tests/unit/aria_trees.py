"""Trees for the tests of everything that reads, compares or draws them."""

from __future__ import annotations

from hypothesis import strategies as st

from shared.evidence.aria import Node
from shared.structs import replace

#: What makes quoting hard, and what is no character at all in other dialects.
words = st.text(max_size=12) | st.sampled_from(
    ["", "yes", "12", "- dash", "a: b", "it's", '"', "\\", "`{x}`", "#", " #", "~", ".inf", "[level=2]", "/re/", "null"]
)
#: Few different nodes, so that trees have something in common.
heads = st.sampled_from(
    [Node(role, name) for role in ("button", "list", "text") for name in ("", "a", "b")]
    + [
        Node("button", "a", attributes=(("disabled", "true"),)),
        Node("button", "a", attributes=(("pressed", "mixed"), ("level", "2"))),
        Node("link", "b", properties=(("url", "/b"),)),
        Node("link", "b", properties=(("url", "/c"), ("placeholder", "x"))),
    ]
)


def trees(nodes: st.SearchStrategy[Node] = heads, max_size: int = 14) -> st.SearchStrategy[Node]:
    """Fragments of such nodes, each put under the one before it or under one of those around that."""
    return st.lists(st.tuples(st.integers(0, 3), nodes), max_size=max_size).map(_grow)


def _grow(levels: list[tuple[int, Node]]) -> Node:
    open_nodes: list[tuple[Node, list[Node]]] = [(Node("fragment"), [])]
    for closed, node in levels:
        for _ in range(min(closed, len(open_nodes) - 1)):
            _close(open_nodes)
        open_nodes.append((node, []))
    while len(open_nodes) > 1:
        _close(open_nodes)
    head, children = open_nodes[0]
    return replace(head, children=tuple(children))


def _close(open_nodes: list[tuple[Node, list[Node]]]) -> None:
    head, children = open_nodes.pop()
    open_nodes[-1][1].append(replace(head, children=tuple(children)))


def wide(names_of_children: list[str], role: str = "text") -> Node:
    return Node("fragment", children=tuple(Node(role, name) for name in names_of_children))


def table(rows: int) -> Node:
    """A table of so many rows of three nodes, as a page with a list has it."""
    return Node("fragment", children=(Node("table", children=tuple(map(row, range(rows)))),))


def row(number: int) -> Node:
    return Node("row", f"Row {number}", (Node("cell", str(number)), Node("button", f"Edit {number}")))
