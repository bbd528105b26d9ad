"""The frame reader that needs nothing but this machine: text recognition and rules of layout."""

from __future__ import annotations

from collections.abc import Sequence

from shared.evidence.elements import Element
from shared.media.layout import find_elements
from shared.media.ocr import LineReader
from shared.media.ocr_picture import decode_png


class LocalFrameReader:
    """Reads pictures offline; lines that it has seen before cost next to nothing.

    Keep one for the pictures of a recording. It fails on pictures that cannot be opened, and on nothing else.
    """

    def __init__(self) -> None:
        self._lines = LineReader()

    def read(self, png: bytes, *, previous: Sequence[Element] | None) -> list[Element]:  # noqa: ARG002
        """Return the elements on one picture; what was seen before changes nothing.

        Raises:
            UnreadableFrame: `not_a_png`, `malformed` or `too_large`.
        """
        picture = decode_png(png)
        return find_elements(picture, self._lines.read(picture))
