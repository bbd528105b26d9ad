"""Divide a line before its badge: recognition takes the round patch around a digit for a part of it.

`Cart (1)`, with a dark digit on a bright pill, is read as `Cart 0` or `Cart` about as often as it is read right. By
itself and without its pill the digit is as plain as any other.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.media.ocr_picture import Picture

#: Ink differs from the ground by at least this share of the strongest difference.
_INK_SHARE = 0.35
#: Something can be read on a patch of this size; a bullet is smaller.
_MIN_HEIGHT_PX = 12
#: A badge is at least so wide for its height, and nearly as high as the line; a dash or a bar is not.
_MIN_WIDTH, _MIN_HEIGHT = 0.8, 0.8
#: A letter leaves more of its box free than a patch with a digit on it does.
_MIN_FILL = 0.7
#: What stands on a badge is so far from its rim, in pixels: 2 on each side.
_RIM = np.ones((5, 5), np.uint8)
#: So much of a stroke is what a codec, or a shade of the badge, leaves around it.
_HAZE = 0.25

Mask = NDArray[np.bool_]


def divide_at_badges(line: Picture) -> list[Picture]:
    """Return the parts of a line from left to right: words as they are, what stands on a badge in black on white."""
    ground = np.median(line[line.shape[0] // 4 :].reshape(-1, 3), axis=0)
    contrast = np.abs(line - ground).max(axis=2)
    ink: Mask = contrast > _INK_SHARE * contrast.max()
    parts, done = [], 0
    for first, end in _badges(ink):
        parts += [line[:, done:first], _on_white(line[:, first:end], ink[:, first:end])]
        done = end
    return [*parts, line[:, done:]] if ink[:, done:].any() else parts


def _badges(ink: Mask) -> Iterator[tuple[int, int]]:
    """Yield the columns of each solid patch behind the first word, as first and end."""
    is_inked = np.concatenate([[False], ink.any(axis=0), [False]])
    borders = np.flatnonzero(is_inked[1:] != is_inked[:-1]).reshape(-1, 2)
    line_height = _height(ink)
    for first, end in borders[1:].tolist():
        width, height = end - first, _height(ink[:, first:end])
        is_tall = height >= max(_MIN_HEIGHT_PX, _MIN_HEIGHT * line_height)
        if is_tall and width >= _MIN_WIDTH * height and ink[:, first:end].sum() >= _MIN_FILL * width * height:
            yield first, end


def _height(ink: Mask) -> int:
    rows = np.flatnonzero(ink.any(axis=1))
    return int(rows[-1] - rows[0]) + 1 if rows.size else 0


def _on_white(badge: Picture, ink: Mask) -> Picture:
    """Return what differs from the badge's own colour, and nothing of what is around the badge."""
    fill = np.median(badge[ink], axis=0)
    inside = np.logical_or.accumulate(ink, axis=1) & np.logical_or.accumulate(ink[:, ::-1], axis=1)[:, ::-1]
    inner = cv2.erode(inside.astype(np.uint8), _RIM, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    strokes = np.abs(badge - fill).max(axis=2) * inner
    strokes /= max(float(strokes.max()), 1.0)
    grey = 255 - 255 * np.where(strokes < _HAZE, 0, strokes)
    return np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8)
