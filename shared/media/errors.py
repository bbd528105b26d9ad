"""The one failure of this package, with a code that a program can act on.

| code                 | meaning                                                          |
| -------------------- | ---------------------------------------------------------------- |
| `empty`              | no bytes, or tracks without a single packet                      |
| `not_a_video`        | neither WebM/Matroska nor MP4/MOV                                |
| `truncated`          | the upload ended before the part that makes the file readable    |
| `no_media_stream`    | a container with neither picture nor sound                       |
| `malformed`          | the file contradicts itself, or promises more than it can hold   |
| `unsupported_codec`  | readable, but no container that browsers play can carry it       |
"""

from typing import Literal

MediaErrorCode = Literal["empty", "not_a_video", "truncated", "no_media_stream", "malformed", "unsupported_codec"]


class UnreadableMedia(Exception):
    """Say why a file cannot be used; the same bytes will always fail the same way."""

    def __init__(self, code: MediaErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["UnreadableMedia"], tuple[MediaErrorCode, str]]:
        return type(self), (self.code, self.message)
