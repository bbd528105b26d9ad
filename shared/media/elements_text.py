"""Measure how a line of text is set: its size, its weight, its colour and whether it is underlined."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.evidence.elements import Box
from shared.media.elements_panels import Colour
from shared.media.ocr import TextLine
from shared.media.ocr_picture import Picture
from shared.structs import Struct

#: How far letters of common sans-serif fonts reach, as shares of the font size.
_X_HEIGHT, _ABOVE_X, _BELOW = 0.53, 0.20, 0.21
_TALL = set("bdfhijklt|/\\()[]{}'\"!?%&@#$€£")
_DEEP = set("gjpqy,;|/\\()[]{}$@")
_NEUTRAL = set("-–—~=+·•.:_*^")
#: Strokes at least this thick, as a share of the font size, are bold. Measured: 0.07-0.11 regular, 0.13-0.18 bold.
_BOLD_STROKE = 0.122
_INK = 0.5
#: An underline differs from the ground by this much.
_DRAWN = 40


class TextStyle(Struct, frozen=True, kw_only=True):
    """How a line is set."""

    size_px: float  #: the font size
    is_bold: bool
    is_underlined: bool
    colour: Colour
    ground: Colour

    @property
    def contrast(self) -> float:
        """WCAG's contrast ratio of the ink and its ground, 1 to 21."""
        one, other = sorted((luminance(self.colour), luminance(self.ground)))
        return (other + 0.05) / (one + 0.05)


def measure_style(picture: Picture, line: TextLine) -> TextStyle:
    """Return how a line that was found on this picture is set."""
    box = line.box
    crop = picture[box.y : box.y + box.height, box.x : box.x + box.width]
    ground = _ground(picture, box)
    difference = np.abs(crop.astype(np.int16) - np.asarray(ground)).max(axis=2)
    ink = difference / max(int(difference.max()), 1)
    size_px = _font_size(line.text, box.height)
    return TextStyle(
        size_px=size_px,
        is_bold=_stroke_px(ink) / size_px >= _BOLD_STROKE,
        is_underlined=_is_underlined(picture, box, ground, size_px),
        colour=_ink_colour(crop, ink),
        ground=ground,
    )


def luminance(colour: Colour) -> float:
    """Return WCAG's relative luminance of a colour, 0 to 1."""
    blue, green, red = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _ground(picture: Picture, box: Box) -> Colour:
    """The usual colour just around the ink."""
    around = picture[max(box.y - 2, 0) : box.y + box.height + 2, max(box.x - 2, 0) : box.x + box.width + 2]
    rim = np.concatenate([around[0], around[-1], around[:, 0], around[:, -1]])
    blue, green, red = np.median(rim, axis=0).astype(int).tolist()
    return blue, green, red


def _ink_colour(crop: Picture, ink: NDArray[np.float64]) -> Colour:
    """The usual colour of the pixels that are ink to the full."""
    blue, green, red = np.median(crop[ink > 0.85], axis=0).astype(int).tolist()
    return blue, green, red


def _font_size(text: str, ink_height: int) -> float:
    """Return the font size that letters of this height stand for, knowing which of them reach up or down."""
    letters = [letter for letter in text if not letter.isspace() and letter not in _NEUTRAL]
    share = _X_HEIGHT
    if not letters or any(letter in _TALL or letter.isupper() or letter.isdigit() for letter in letters):
        share += _ABOVE_X
    if any(letter in _DEEP for letter in letters):
        share += _BELOW
    return max(ink_height / share, 1.0)


def _stroke_px(ink: NDArray[np.float64]) -> float:
    """Return how wide the usual stroke is: the ink of a row, shared among its runs."""
    is_ink = ink > _INK
    starts = is_ink.copy()
    starts[:, 1:] &= ~is_ink[:, :-1]
    runs = starts.sum(axis=1)
    rows = runs > 0
    if not rows.any():
        return 0.0
    return float(np.median(ink.sum(axis=1)[rows] / runs[rows]))


def _is_underlined(picture: Picture, box: Box, ground: Colour, size_px: float) -> bool:
    """Tell whether a line as long as the text, and no longer, runs within or closely below it."""
    top, beyond = box.y + int(box.height * 0.7), max(int(size_px * 0.5), 4)
    left = max(box.x - beyond, 0)
    below = picture[top : box.y + box.height + max(int(size_px * 0.35), 3), left : box.x + box.width + beyond]
    is_drawn = np.abs(below.astype(np.int16) - np.asarray(ground)).max(axis=2) > _DRAWN
    is_line = is_drawn[:, box.x - left : box.x - left + box.width].mean(axis=1) > 0.85
    goes_on = is_drawn[:, : box.x - left].all(axis=1) | is_drawn[:, box.x - left + box.width :].all(axis=1)
    return 0 < int((is_line & ~goes_on).sum()) <= max(3, size_px * 0.2)
