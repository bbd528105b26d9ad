"""What has to be known of a PNG before it is sent: its size, and that it is one."""

from __future__ import annotations

import struct

from shared.ports.frames import UnreadableFrame

#: Vertex AI takes requests of 20 MB, and Base64 makes four bytes of three.
MAX_PNG_BYTES = 14 * 1024 * 1024
_HEADER = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def size_of(png: bytes) -> tuple[int, int]:
    """Return width and height in pixels.

    Raises:
        UnreadableFrame: `not_a_png`, `malformed` or `too_large`.
    """
    if len(png) > MAX_PNG_BYTES:
        raise UnreadableFrame("too_large", f"The picture has more than {MAX_PNG_BYTES} bytes.")
    if not png.startswith(_HEADER) or len(png) < len(_HEADER) + 8:
        raise UnreadableFrame("not_a_png", "The picture is not a PNG.")
    width, height = struct.unpack_from(">II", png, len(_HEADER))
    if not width or not height:
        raise UnreadableFrame("malformed", "The picture has no pixels.")
    return width, height
