"""Find what is drawn and is neither text nor panel: icons, logos and photographs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.evidence.elements import Box, Element, Role
from shared.media.elements_panels import channel_max
from shared.media.elements_screen import Screen

_EDGE_STEP = 12
_ICON_SIDE = range(9, 57)
#: Strokes of one drawing are at most this far apart.
_JOIN_PX = 5
#: A photograph is edges all over; a frame or a shadow is edges along its rim.
_MIN_TEXTURE = 0.12
_RIM_PX = 4
_MAX_GRAPHICS = 100


def find_graphics(screen: Screen, controls: Sequence[Box]) -> list[Element]:
    """Return the icons and images outside of text and off the controls' rims, at most 100."""
    edges = _edges(screen.picture)
    for line in screen.lines:
        _clear(edges, line.box, 4)
    for panel in screen.panels[1:]:
        # A small one is more often the inside of a ring that is part of an icon.
        if min(panel.box.width, panel.box.height) not in _ICON_SIDE:
            _clear_rim(edges, panel.box)
    closed = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((_JOIN_PX, _JOIN_PX), np.uint8))
    drawn = np.asarray(closed, np.uint8)
    return list(_elements(drawn, edges, controls))[:_MAX_GRAPHICS]


def _elements(drawn: NDArray[np.uint8], edges: NDArray[np.uint8], controls: Sequence[Box]) -> Iterator[Element]:
    _, _, found, _ = cv2.connectedComponentsWithStats(drawn, connectivity=8)
    for x, y, width, height, area in found[1:].tolist():
        box = Box(x=x, y=y, width=width, height=height)
        if any(_is_same(box, control) for control in controls):
            continue
        if width in _ICON_SIDE and height in _ICON_SIDE and max(width, height) <= 3 * min(width, height):
            yield Element(role=Role.ICON, label="", box=box)
        elif min(width, height) >= _ICON_SIDE.stop and _is_textured(edges, box) and area >= 0.5 * width * height:
            yield Element(role=Role.IMAGE, label="", box=box)


def _is_textured(edges: NDArray[np.uint8], box: Box) -> bool:
    return bool(edges[box.y : box.y + box.height, box.x : box.x + box.width].mean() >= _MIN_TEXTURE)


def _edges(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    edges = np.zeros(picture.shape[:2], np.uint8)
    edges[:, 1:] |= channel_max(cv2.absdiff(picture[:, 1:], picture[:, :-1])) > _EDGE_STEP
    edges[1:] |= channel_max(cv2.absdiff(picture[1:], picture[:-1])) > _EDGE_STEP
    return edges


def _clear(edges: NDArray[np.uint8], box: Box, margin: int) -> None:
    edges[max(box.y - margin, 0) : box.y + box.height + margin, max(box.x - margin, 0) : box.x + box.width + margin] = 0


def _clear_rim(edges: NDArray[np.uint8], box: Box) -> None:
    """Clear the sides of a panel and its rounded corners."""
    corner = min(16, box.height // 3, box.width // 3)
    right, bottom = box.x + box.width, box.y + box.height
    for x, y, width, height in (
        (box.x, box.y, box.width, 0),
        (box.x, bottom, box.width, 0),
        (box.x, box.y, 0, box.height),
        (right, box.y, 0, box.height),
        (box.x, box.y, corner, corner),
        (right - corner, box.y, corner, corner),
        (box.x, bottom - corner, corner, corner),
        (right - corner, bottom - corner, corner, corner),
    ):
        _clear(edges, Box(x=x, y=y, width=width, height=height), _RIM_PX)


def _is_same(box: Box, control: Box) -> bool:
    return (
        abs(box.x - control.x) <= _RIM_PX
        and abs(box.y - control.y) <= _RIM_PX
        and abs(box.width - control.width) <= 2 * _RIM_PX
        and abs(box.height - control.height) <= 2 * _RIM_PX
    )
