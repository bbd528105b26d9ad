"""The body of a multipart upload, `multipart/related`, taken apart as it arrives.

```
--B CRLF headers CRLF CRLF {object resource} CRLF --B CRLF headers CRLF CRLF bytes of the object CRLF --B--
```
"""

import re
from collections.abc import AsyncIterator
from email.message import Message

from shared.local.storage.errors import InvalidRequest
from shared.local.storage.resources import JsonObject
from shared.local.storage.routing import parse_object

_HEADERS = rb"((?:\r\n[^\r\n]+)*)"
_MAX_HEAD_BYTES = 1 << 20


class MultipartBody:
    """Split the blocks of one body: `read_resource` first, then `media_blocks` to its end."""

    def __init__(self, content_type: str, blocks: AsyncIterator[bytes]) -> None:
        boundary = b"--" + _boundary(content_type).encode()
        start = re.escape(boundary) + _HEADERS + rb"\r\n\r\n"
        self._head = re.compile(start + rb"(?P<resource>.*?)\r\n" + start, re.DOTALL)
        self._end = b"\r\n" + boundary + b"--"
        self._blocks = blocks
        self._buffer = b""
        self.media_type: str | None = None

    async def read_resource(self) -> JsonObject:
        """Read the first part and the second one's headers; return the object resource."""
        async for block in self._blocks:
            self._buffer += block
            if match := self._head.match(self._buffer):
                self._buffer = self._buffer[match.end() :]
                self.media_type = _content_type(match[3])
                return parse_object(match["resource"])
            if len(self._buffer) > _MAX_HEAD_BYTES:
                break
        raise InvalidRequest("The multipart body does not begin with an object resource")

    async def media_blocks(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the object; refuse a body without its closing boundary."""
        held_back = len(self._end) - 1
        while (end := self._buffer.find(self._end)) < 0:
            yield self._buffer[:-held_back]
            self._buffer = self._buffer[-held_back:]
            try:
                self._buffer += await anext(self._blocks)
            except StopAsyncIteration as error:
                raise InvalidRequest("The multipart body has no closing boundary") from error
        yield self._buffer[:end]


def _boundary(content_type: str) -> str:
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_boundary()
    if not boundary:
        raise InvalidRequest("A multipart upload needs a boundary")
    return boundary


def _content_type(headers: bytes) -> str | None:
    match = re.search(rb"(?im)^content-type:[ \t]*([^\r\n]+)", headers)
    return match[1].decode("latin-1").strip() if match else None
