"""A decoded picture, and the PNG files that are made of it."""

import io
from typing import Self, TypeAlias

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray
from PIL import Image

Rgb: TypeAlias = NDArray[np.uint8]

THUMBNAIL_WIDTH = 640
_PNG_LEVEL = 1


class Picture:
    """A picture as the decoder left it (1.5 bytes a pixel); colours are made when they are asked for."""

    def __init__(self, frame: av.VideoFrame) -> None:
        self._frame = frame
        self._quarter_turns = round(frame.rotation / 90) % 4

    @classmethod
    def from_rgb(cls, pixels: Rgb) -> Self:
        """Return the picture with these pixels: height × width × 3."""
        return cls(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24"))

    @property
    def width(self) -> int:
        """The width in pixels, once the picture is upright."""
        return self._frame.height if self._quarter_turns % 2 else self._frame.width

    @property
    def height(self) -> int:
        """The height in pixels, once the picture is upright."""
        return self._frame.width if self._quarter_turns % 2 else self._frame.height

    def rgb(self, *, max_width: int | None = None) -> Rgb:
        """Return the upright pixels, height × width × 3, scaled down to `max_width` where they are wider."""
        scale = 1.0 if max_width is None else min(1.0, max_width / self.width)
        width, height = (max(round(side * scale), 1) for side in (self._frame.width, self._frame.height))
        frame = self._frame.reformat(width, height, format="rgb24", interpolation=Interpolation.AREA)
        return np.rot90(frame.to_ndarray(), self._quarter_turns)


def png(picture: Picture) -> bytes:
    """Return the picture as a PNG of its own size."""
    return _encode(picture.rgb())


def thumbnail_png(picture: Picture, max_width: int = THUMBNAIL_WIDTH) -> bytes:
    """Return the picture as a PNG of at most that width; it is never enlarged."""
    return _encode(picture.rgb(max_width=max_width))


def _encode(pixels: Rgb) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG", compress_level=_PNG_LEVEL)
    return target.getvalue()
