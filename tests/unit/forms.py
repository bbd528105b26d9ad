"""multipart/form-data as clients write it, byte by byte, and requests whose bytes arrive in pieces of any size."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import BinaryIO, TypeVar

from flask import Request
from pydantic import BaseModel
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from shared.edge.forms import MultipartForm

Model = TypeVar("Model", bound=BaseModel)

BOUNDARY = "----PlayheadBoundary7MA4"


class InPieces(io.RawIOBase):
    """A connection: a read gives what has arrived, which may be less than was asked for."""

    def __init__(self, body: bytes, sizes: Sequence[int]) -> None:
        self._body = io.BytesIO(body)
        self._sizes = cycle(sizes)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # all that is ever asked of it
        piece = self._body.read(min(len(buffer), next(self._sizes)))
        buffer[: len(piece)] = piece
        return len(piece)


class Sink:
    """Where a form's file goes: what was shown first, what was written, and how it ended."""

    def __init__(self) -> None:
        self.head: bytes | None = None
        self.content: bytes | None = None  #: of a file that was written to its end
        self.is_aborted = False
        self.opened = 0

    @contextmanager
    def open(self, head: bytes) -> Iterator[BinaryIO]:
        self.head = head
        self.opened += 1
        file = io.BytesIO()
        try:
            yield file
        except BaseException:
            self.is_aborted = True
            raise
        self.content = file.getvalue()


def field(name: str, value: str | bytes) -> bytes:
    return part(f'name="{name}"', value if isinstance(value, bytes) else value.encode())


def file(content: bytes, *, name: str = "file", filename: str = "screen.webm") -> bytes:
    return part(f'name="{name}"; filename="{filename}"', content, "Content-Type: video/webm\r\n")


def part(disposition: str, content: bytes, more_headers: str = "") -> bytes:
    headers = f"Content-Disposition: form-data; {disposition}\r\n{more_headers}\r\n"
    return f"--{BOUNDARY}\r\n{headers}".encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def request(
    body: bytes,
    *,
    sizes: Sequence[int] = (1 << 20,),
    content_type: str = f"multipart/form-data; boundary={BOUNDARY}",
    announced: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Request:
    """A request with this body; without `announced` its length is as it is."""
    environ = EnvironBuilder(method="POST", headers=Headers(dict(headers or {}))).get_environ()
    environ["CONTENT_TYPE"] = content_type
    environ["wsgi.input"] = InPieces(body, sizes)
    environ["CONTENT_LENGTH"] = str(len(body) if announced is None else announced)
    return Request(environ)


def chunked(body: bytes, *, sizes: Sequence[int] = (1 << 20,)) -> Request:
    """A request whose length nobody has announced."""
    sent = request(body, sizes=sizes)
    sent.environ.pop("CONTENT_LENGTH")
    sent.environ["wsgi.input_terminated"] = True
    return Request(sent.environ)


def read(
    sent: Request, model: type[Model], sink: Sink, *, max_file_bytes: int = 1 << 20, cap_bytes: int | None = None
) -> Model:
    return MultipartForm(sent, cap_bytes=cap_bytes).read(model, open_file=sink.open, max_file_bytes=max_file_bytes)
