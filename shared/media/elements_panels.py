"""Find the panels of a screen: rectangles of one colour, such as buttons, fields, cards and bars.

The picture is cut wherever a pixel differs from its neighbour. What remains in one piece and fills its own
bounding box along the sides is a panel; text and smaller panels are holes in it. Rounded corners are allowed.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from shared.evidence.elements import Box
from shared.media.ocr_picture import Picture
from shared.structs import Struct

Colour = tuple[int, int, int]  #: blue, green, red

#: A step between neighbouring pixels that is an edge: less than a card on its page, more than what a codec leaves.
_EDGE_STEP, _NOISY_EDGE_STEP = 4, 5
#: A picture is noisy if so many of its pixels are a little off their neighbours; drawn ones are equal.
_NOISY_SHARE = 0.02
#: An outline is no mixture of what it divides, give or take what a codec does to colours.
_MIXTURE_SLACK = 12
_MIN_SIDE = 8
#: How much of each straight side the panel must fill; a pill has short ones.
_MIN_FILLED_SIDE = 0.55
#: Screens have a few hundred; a photograph may have thousands of specks.
_MAX_PANELS = 1_500


class Panel(Struct, frozen=True, kw_only=True):
    """A rectangle of one colour, and what is around it."""

    box: Box  #: the outline included
    fill: Colour
    outline: Colour | None  #: None when there is no line around it
    outline_px: int
    ground: Colour  #: the colour that it lies on


def find_panels(picture: Picture) -> list[Panel]:
    """Return the panels of a picture, largest first; the first one is the page itself."""
    labels, boxes, sizes = _label_flat_pieces(picture)
    largest = np.argsort(-sizes, kind="stable")[:_MAX_PANELS]
    panels = [_page(picture)]
    for label in largest.tolist():
        box = boxes[label]
        if min(box.width, box.height) >= _MIN_SIDE and _fills_its_box(labels, label, box):
            panels.append(_panel(picture, labels, label, box))
    return _without_nested_duplicates(panels)


def contains(outer: Box, inner: Box, slack: int = 2) -> bool:
    """Tell whether a box lies within another, give or take some pixels."""
    return (
        inner.x >= outer.x - slack
        and inner.y >= outer.y - slack
        and inner.x + inner.width <= outer.x + outer.width + slack
        and inner.y + inner.height <= outer.y + outer.height + slack
    )


def colour_distance(one: Colour, other: Colour) -> int:
    """Return the largest difference of a channel."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def channel_max(picture: MatLike) -> NDArray[np.uint8]:
    """Return the largest channel of each pixel; NumPy takes ten times as long over so short an axis."""
    blue, green, red = cv2.split(picture)
    return np.asarray(cv2.max(blue, cv2.max(green, red)), np.uint8)


def _page(picture: Picture) -> Panel:
    height, width = picture.shape[:2]
    rim = np.concatenate([picture[:, 0], picture[:, -1], picture[-1]])
    ground = _colour(rim)
    return Panel(box=Box(x=0, y=0, width=width, height=height), fill=ground, outline=None, outline_px=0, ground=ground)


def _label_flat_pieces(picture: Picture) -> tuple[NDArray[np.int32], list[Box], NDArray[np.int32]]:
    """Number the pieces without an edge within; number 0 is the edges and has no size."""
    across, down = _steps(picture)
    limit = _EDGE_STEP
    if np.mean((across > 0) & (across <= _NOISY_EDGE_STEP)) > _NOISY_SHARE:
        across, down = _steps(cv2.bilateralFilter(picture, 5, 10, 2))
        limit = _NOISY_EDGE_STEP
    flat = np.full(picture.shape[:2], 1, np.uint8)
    flat[:, 1:] &= across <= limit
    flat[1:] &= down <= limit
    _, labels, found, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    sizes = found[:, cv2.CC_STAT_AREA].astype(np.int32)
    sizes[0] = 0
    # A pixel that starts a piece is itself an edge: the piece begins one further left and one further up.
    boxes = [
        Box(x=max(x - 1, 0), y=max(y - 1, 0), width=w + min(x, 1), height=h + min(y, 1))
        for x, y, w, h in found[:, :4].tolist()
    ]
    return np.asarray(labels, np.int32), boxes, sizes


def _steps(picture: MatLike) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return how far each pixel is from the one left of it, and from the one above it."""
    across = channel_max(cv2.absdiff(picture[:, 1:], picture[:, :-1]))
    return across, channel_max(cv2.absdiff(picture[1:], picture[:-1]))


def _fills_its_box(labels: NDArray[np.int32], label: int, box: Box) -> bool:
    """Tell whether the piece reaches all four sides of its box along most of their length."""
    piece = labels[box.y : box.y + box.height, box.x : box.x + box.width] == label
    sides = (piece[:4].any(axis=0), piece[-3:].any(axis=0), piece[:, :4].any(axis=1), piece[:, -3:].any(axis=1))
    along, across = sides[:2], sides[2:]
    return all(side.mean() >= _MIN_FILLED_SIDE for side in along) and all(side.mean() >= 0.3 for side in across)


def _panel(picture: Picture, labels: NDArray[np.int32], label: int, box: Box) -> Panel:
    inside = labels[box.y : box.y + box.height, box.x : box.x + box.width] == label
    fill = _colour(picture[box.y : box.y + box.height, box.x : box.x + box.width][inside])
    ground, outline, outline_px = _surroundings(picture, box, fill)
    if outline is not None:
        box = _grow(box, outline_px, picture)
    return Panel(box=box, fill=fill, outline=outline, outline_px=outline_px, ground=ground)


def _surroundings(picture: Picture, box: Box, fill: Colour) -> tuple[Colour, Colour | None, int]:
    """Walk outwards and inwards over the middle of the sides: ground, colour of the outline, its width."""
    rings = [_ring(picture, box, distance) for distance in range(-1, 6)]
    ground = rings[-1]
    line = [ring for ring in rings if not _is_mixture(ring, fill, ground)]
    if not line:
        return ground, None, 0
    strongest = max(line, key=lambda ring: colour_distance(ring, ground))
    return ground, strongest, len(line)


def _is_mixture(colour: Colour, one: Colour, other: Colour) -> bool:
    """Tell whether a colour lies between two others, as at a blurred edge."""
    return all(
        min(a, b) - _MIXTURE_SLACK <= channel <= max(a, b) + _MIXTURE_SLACK
        for channel, a, b in zip(colour, one, other, strict=True)
    )


def _ring(picture: Picture, box: Box, distance: int) -> Colour:
    """The usual colour of the pixels at that distance from the sides, away from the corners."""
    height, width = picture.shape[:2]
    rows = slice(box.y + box.height // 4, box.y + max(box.height * 3 // 4, box.height // 4 + 1))
    columns = slice(box.x + box.width // 4, box.x + max(box.width * 3 // 4, box.width // 4 + 1))
    left, right = max(box.x - distance, 0), min(box.x + box.width - 1 + distance, width - 1)
    top, bottom = max(box.y - distance, 0), min(box.y + box.height - 1 + distance, height - 1)
    sides = [picture[rows, left], picture[rows, right], picture[top, columns], picture[bottom, columns]]
    return _colour(np.concatenate([side.reshape(-1, 3) for side in sides]))


def _grow(box: Box, by: int, picture: Picture) -> Box:
    height, width = picture.shape[:2]
    x, y = max(box.x - by, 0), max(box.y - by, 0)
    return Box(x=x, y=y, width=min(box.x + box.width + by, width) - x, height=min(box.y + box.height + by, height) - y)


def _colour(pixels: NDArray[np.uint8]) -> Colour:
    blue, green, red = np.median(pixels.reshape(-1, 3), axis=0).astype(int).tolist()
    return blue, green, red


def _without_nested_duplicates(panels: Sequence[Panel]) -> list[Panel]:
    """Drop a panel that another one of nearly the same box repeats: the two sides of an outline."""
    kept: list[Panel] = []
    for panel in panels:
        if not any(_is_nearly_the_same(panel.box, other.box) for other in kept):
            kept.append(panel)
    return kept


def _is_nearly_the_same(one: Box, other: Box, slack: int = 6) -> bool:
    return (
        abs(one.x - other.x) <= slack
        and abs(one.y - other.y) <= slack
        and abs(one.width - other.width) <= slack
        and abs(one.height - other.height) <= slack
    )
