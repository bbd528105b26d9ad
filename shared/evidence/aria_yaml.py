r"""Playwright's ARIA snapshots as trees, and trees as such snapshots.

The dialect is a small part of YAML, one node a line, children two spaces deeper:

    - main:
      - heading "Cart (2)" [level=1]
      - 'link "Help: shipping"':
        - /url: /help
      - paragraph: "yes"

A key is `role "name" [attribute] [attribute=value]`, the name in JSON's quotes, or a pattern between slashes in
snapshots that people wrote; `text: words` is plain text, and so is what stands behind another key's colon; `/url: …` is
a property. Keys are quoted with ', values with ", where YAML needs it. Written after `renderAriaSnapshotAsYaml` and
`parseAriaSnapshot` of Playwright 1.65; `render_tree(parse_tree(snapshot)) == snapshot` for what a browser wrote.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator

from shared.evidence.aria import FRAGMENT, MAX_DEPTH, TEXT, Node
from shared.evidence.yaml_scalars import MalformedScalar, quote_key, quote_value, unquote
from shared.structs import Struct

#: A longer snapshot is no evidence that anybody reads.
MAX_NODES = 50_000

_LINE = re.compile(r"(?P<indent> *)- (?P<entry>.*)")
_QUOTED_KEY = re.compile(r"""(?P<key>'[^']*(?:''[^']*)*'|"[^"\\]*(?:\\.[^"\\]*)*")(?::(?: (?P<value>.*))?)?""")
_KEY = re.compile(
    r"""(?P<role>[A-Za-z][\w-]*)
        (?:\s+(?P<name>"[^"\\]*(?:\\.[^"\\]*)*"|/[^/\\]*(?:\\.[^/\\]*)*/))?
        (?P<attributes>(?:\s*\[\s*[\w-]+\s*(?:=[^\[\]]*)?\])*)\s*""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"\[\s*([\w-]+)\s*(?:=([^\[\]]*))?\]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class AriaFormatError(ValueError):
    """The text is not an ARIA snapshot."""


class _Line(Struct, frozen=True):
    number: int
    indent: int
    key: str
    value: str | None


def parse_tree(snapshot: str) -> Node:
    """Read a snapshot; the tree's root is a `fragment` around the snapshot's nodes.

    Raises:
        AriaFormatError: a line is not of the dialect, or the snapshot is deeper than `MAX_DEPTH` or longer than
            `MAX_NODES`.
    """
    lines = deque(_lines(_SURROGATE.sub("\ufffd", snapshot)))
    if len(lines) > MAX_NODES:
        raise AriaFormatError(f"the snapshot has more than {MAX_NODES} lines")
    root = _read_block(lines, FRAGMENT, depth=1)
    if lines:
        raise AriaFormatError(f"line {lines[0].number}: the indentation fits nothing above")
    return root


def render_tree(tree: Node) -> str:
    """Write a tree as a snapshot; the `fragment` itself is not written."""
    roots = tree.children if tree.role == FRAGMENT else (tree,)
    return "\n".join(line for root in roots for line in _render(root, 0))


def describe(node: Node) -> str:
    """Write a node alone as a snapshot's key, such as `button "Save" [disabled]`."""
    name = f" {json.dumps(node.name, ensure_ascii=False)}" if node.name else ""
    attributes = "".join(f" [{key}]" if value == "true" else f" [{key}={value}]" for key, value in node.attributes)
    return f"{node.role}{name}{attributes}"


def _lines(snapshot: str) -> Iterator[_Line]:
    for number, line in enumerate(snapshot.split("\n"), start=1):
        text = line.rstrip(" \r")
        if not text:
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            raise AriaFormatError(f"line {number}: not of the form `- role`")
        try:
            key, value = _split_entry(match["entry"])
        except MalformedScalar as error:
            raise AriaFormatError(f"line {number}: {error}") from error
        yield _Line(number, len(match["indent"]), key, value)


def _split_entry(entry: str) -> tuple[str, str | None]:
    if entry.startswith(("'", '"')):
        quoted = _QUOTED_KEY.fullmatch(entry)
        if quoted is None:
            raise MalformedScalar("the quoted key does not end")
        value = quoted["value"]
        return unquote(quoted["key"]), None if value is None else unquote(value)
    key, colon, value = entry.partition(": ")
    if colon:
        return key, unquote(value)
    return entry.removesuffix(":"), None


def _read_block(lines: deque[_Line], key: str, *, depth: int) -> Node:
    """Read the lines that stand deeper than the one before, as what is under the node of `key`."""
    properties: list[tuple[str, str]] = []
    children: list[Node] = []
    indent = lines[0].indent if lines else 0
    while lines and lines[0].indent == indent:
        line = lines.popleft()
        if line.key.startswith("/"):
            properties.append((line.key[1:], line.value or ""))
        else:
            children.append(_read_node(lines, line, depth + 1))
    if lines and lines[0].indent > indent:
        raise AriaFormatError(f"line {lines[0].number}: the indentation fits nothing above")
    return _node_of(key, tuple(children), tuple(properties))


def _read_node(lines: deque[_Line], line: _Line, depth: int) -> Node:
    if depth > MAX_DEPTH - 1:  # the text behind a colon is one level more
        raise AriaFormatError(f"line {line.number}: nested deeper than {MAX_DEPTH} levels")
    has_block = bool(lines) and lines[0].indent > line.indent
    if has_block and line.value is not None:
        raise AriaFormatError(f"line {line.number}: both a value and children")
    try:
        if has_block:
            return _read_block(lines, line.key, depth=depth)
        if line.key == TEXT:
            return Node(TEXT, line.value or "")
        return _node_of(line.key, () if line.value is None else (Node(TEXT, line.value),), ())
    except MalformedScalar as error:
        raise AriaFormatError(f"line {line.number}: {error}") from error


def _node_of(key: str, children: tuple[Node, ...], properties: tuple[tuple[str, str], ...]) -> Node:
    match = _KEY.fullmatch(key)
    if match is None:
        raise MalformedScalar('the key is not of the form `role "name" [attribute]`')
    name = match["name"] or ""
    attributes = tuple((key, value.strip() or "true") for key, value in _ATTRIBUTE.findall(match["attributes"]))
    return Node(match["role"], unquote(name) if name.startswith('"') else name, children, attributes, properties)


def _render(node: Node, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if _is_plain_text(node):
        yield f"{indent}- text: {quote_value(node.name)}"
        return
    key = indent + "- " + quote_key(describe(node))
    if not node.children and not node.properties:
        yield key
    elif not node.properties and node.role != TEXT and len(node.children) == 1 and _is_plain_text(node.children[0]):
        yield f"{key}: {quote_value(node.children[0].name)}"
    else:
        yield f"{key}:"
        for name, value in node.properties:
            yield f"{indent}  - /{name}: {quote_value(value)}"
        for child in node.children:
            yield from _render(child, depth + 1)


def _is_plain_text(node: Node) -> bool:
    return node.role == TEXT and not (node.children or node.attributes or node.properties)
