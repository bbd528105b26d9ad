"""Open a PNG that a stranger sent: what it may cost is decided by its header, before a pixel is unpacked."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.ports.frames import UnreadableFrame

#: Height x width x 3 (blue, green, red, as OpenCV has them), 8 bits each.
Picture: TypeAlias = NDArray[np.uint8]

MAX_PNG_BYTES = 32 * 1024 * 1024
#: A 5K screen has 14.7 million.
MAX_PIXELS = 16_000_000
_MAX_SIDE = 16_384
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SIZE_AT = 16  # after the signature, and the length and the name of the first chunk


def decode_png(png: bytes) -> Picture:
    """Return the pixels of a PNG; what is transparent shows white.

    Raises:
        UnreadableFrame: `not_a_png`, `too_large` or `malformed`.
    """
    _check_size(png)
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            pixels = image.convert("RGBA" if image.has_transparency_data else "RGB")
    # Pillow tells of broken chunks in all of these ways.
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        struct.error,
        zlib.error,
        Image.DecompressionBombError,
    ) as error:
        raise UnreadableFrame("malformed", "The picture is damaged.") from error
    if pixels.mode == "RGBA":
        white = Image.new("RGBA", pixels.size, "white")
        pixels = Image.alpha_composite(white, pixels).convert("RGB")
    return np.ascontiguousarray(np.asarray(pixels)[:, :, ::-1])


def _check_size(png: bytes) -> None:
    if not png.startswith(_SIGNATURE):
        raise UnreadableFrame("not_a_png", "The picture is not a PNG.")
    if len(png) > MAX_PNG_BYTES:
        raise UnreadableFrame("too_large", f"The picture has more than {MAX_PNG_BYTES} bytes.")
    if len(png) < _SIZE_AT + 8 or png[_SIZE_AT - 4 : _SIZE_AT] != b"IHDR":
        raise UnreadableFrame("malformed", "The picture has no header.")
    width, height = struct.unpack_from(">II", png, _SIZE_AT)
    if width * height > MAX_PIXELS or max(width, height) > _MAX_SIDE:
        raise UnreadableFrame("too_large", f"The picture says it has {width} x {height} pixels.")
