"""The tree of a picture: its elements in reading order, each under the dialog or the menu that it lies in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from shared.evidence.aria import FRAGMENT, TEXT, Node, Pairs
from shared.evidence.elements import Box, Element, Role

ARIA_ROLES: Mapping[Role, str] = {
    Role.BUTTON: "button",
    Role.INPUT: "textbox",
    Role.LINK: "link",
    Role.HEADING: "heading",
    Role.TEXT: TEXT,
    Role.IMAGE: "img",
    Role.ICON: "img",
    Role.MENU: "menu",
    Role.DIALOG: "dialog",
}
#: States that ARIA has another word for.
_ARIA_STATES = {"error": "invalid", "focused": "active", "focus": "active", "open": "expanded"}
_CONTAINERS = frozenset({Role.DIALOG, Role.MENU})
#: A screen with more dialogs and menus was misread; the largest are kept as such.
_MAX_CONTAINERS = 32


def tree_of(elements: Sequence[Element]) -> Node:
    """Build the ARIA tree of a picture's elements; its root is a `fragment`.

    An element lies in the smallest dialog or menu that is larger than itself and holds its centre.
    """
    children: dict[int | None, list[int]] = defaultdict(list)
    containers = _containers(elements)
    for index in range(len(elements)):
        children[_container_of(index, elements, containers)].append(index)

    def node_of(index: int) -> Node:
        element = elements[index]
        return Node(ARIA_ROLES[element.role], _one_line(element.label), nodes_under(index), _states(element.state))

    def nodes_under(index: int | None) -> tuple[Node, ...]:
        ordered = _in_reading_order([(elements[child].box, child) for child in children[index]])
        return tuple(node_of(child) for child in ordered)

    return Node(FRAGMENT, children=nodes_under(None))


def _containers(elements: Sequence[Element]) -> list[int]:
    """Find the positions of dialogs and menus, the largest first."""
    found = [index for index, element in enumerate(elements) if element.role in _CONTAINERS]
    return sorted(found, key=lambda index: -_area(elements[index].box))[:_MAX_CONTAINERS]


def _container_of(index: int, elements: Sequence[Element], containers: Sequence[int]) -> int | None:
    box = elements[index].box
    for candidate in reversed(containers):
        around = elements[candidate].box
        if _area(around) > _area(box) and _holds_centre(around, box):
            return candidate
    return None


def _area(box: Box) -> int:
    return box.width * box.height


def _holds_centre(around: Box, box: Box) -> bool:
    x, y = box.x + box.width / 2, box.y + box.height / 2
    return around.x <= x <= around.x + around.width and around.y <= y <= around.y + around.height


def _in_reading_order(placed: list[tuple[Box, int]]) -> list[int]:
    """Sort by lines and then from left to right; what starts a line says how high the line is."""
    lines: list[list[tuple[Box, int]]] = []
    for box, index in sorted(placed, key=lambda item: (item[0].y * 2 + item[0].height, item[0].x)):
        if not lines or not _is_on_line(lines[-1][0][0], box):
            lines.append([])
        lines[-1].append((box, index))
    return [index for line in lines for _, index in sorted(line, key=lambda item: (item[0].x, item[0].y))]


def _is_on_line(first: Box, box: Box) -> bool:
    """Tell whether two boxes' middles are no farther apart than half the height of the smaller one."""
    return abs((first.y * 2 + first.height) - (box.y * 2 + box.height)) <= min(first.height, box.height)


def _states(state: str | None) -> Pairs:
    names = [re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in re.split("[,;]", state or "")]
    return tuple((name, "true") for name in dict.fromkeys(_ARIA_STATES.get(name, name) for name in names if name))


def _one_line(label: str) -> str:
    return " ".join(label.split())
