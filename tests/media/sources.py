"""A file object that breaks, as a download does."""

import io


class FailingSource(io.BytesIO):
    """Bytes of which only the first can be read; the connection is lost at the first read behind them."""

    def __init__(self, content: bytes, readable_bytes: int) -> None:
        super().__init__(content)
        self._readable_bytes = readable_bytes

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > self._readable_bytes:
            raise ConnectionResetError("connection reset by peer")
        return super().read(size)
