"""Bodies that are no JSON and too large to hold: passed on as they arrive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import BinaryIO

from flask import Request
from werkzeug.exceptions import ClientDisconnected

from shared.errors import InvalidRequest, LengthRequired, UnsupportedMediaType

_PIECE_BYTES = 256 * 1024
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,99}")


class ArrivingBody:
    """The body of one request; it can be read once."""

    def __init__(self, request: Request, *, takes: Sequence[str], cap_bytes: int | None) -> None:
        """Look at its headers; nothing of it is read yet.

        Args:
            takes: the media types that it may have, such as `video/*`.

        Raises:
            UnsupportedMediaType: it is of another type, or encoded.
            LengthRequired: its length is not announced.
        """
        mimetype = request.mimetype
        if not (_MEDIA_TYPE.fullmatch(mimetype) and any(fnmatchcase(mimetype, one) for one in takes)):
            raise UnsupportedMediaType(f"Content-Type must be {' or '.join(takes)}")
        if request.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
            raise UnsupportedMediaType("the body must come without Content-Encoding")
        if request.content_length is None:
            raise LengthRequired
        self._source = request.stream
        self.content_type = mimetype
        self.size_bytes = request.content_length
        self.cap_bytes = cap_bytes

    def copy_to(self, target: BinaryIO) -> None:
        """Write all of it to `target`, as it arrives.

        Raises:
            InvalidRequest: it is shorter than announced.
        """
        copied_bytes = 0
        try:
            while piece := self._source.read(_PIECE_BYTES):
                target.write(piece)
                copied_bytes += len(piece)
        except ClientDisconnected:
            raise InvalidRequest("the body is shorter than its Content-Length") from None
        if copied_bytes < self.size_bytes:
            raise InvalidRequest("the body is shorter than its Content-Length")
