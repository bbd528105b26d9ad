"""A seekable file over one object of a store, read by ranges."""

from __future__ import annotations

import io
from collections.abc import Callable

#: What is asked for at once: a media file is read in small pieces, mostly one after the other.
PIECE_BYTES = 8 * 1024 * 1024

ReadRange = Callable[[int, int], bytes]


class RangeReader(io.RawIOBase):
    """Reads `size_bytes` bytes through `read_range(start, end)`, and holds the last piece."""

    def __init__(self, read_range: ReadRange, size_bytes: int) -> None:
        self._read_range = read_range
        self._size_bytes = size_bytes
        self._position = 0
        self._piece_start = 0
        self._piece = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size_bytes}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        """The next bytes, fewer than asked only at the end."""
        left = max(0, self._size_bytes - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        pieces = []
        while wanted:
            piece = self._next(wanted)
            pieces.append(piece)
            wanted -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def _next(self, wanted: int) -> bytes:
        """At least one byte from the position on, at most `wanted`."""
        offset = self._position - self._piece_start
        if not 0 <= offset < len(self._piece):
            end = min(self._position + max(PIECE_BYTES, wanted), self._size_bytes)
            self._piece = self._read_range(self._position, end)
            self._piece_start, offset = self._position, 0
        content = self._piece[offset : offset + wanted]
        self._position += len(content)
        return content
