"""multipart/form-data that is read as it arrives: fields are kept, the file is passed on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import BinaryIO, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Event, Field, File, MultipartDecoder, NeedData

from shared.edge.bodies import invalid
from shared.errors import InvalidRequest, TooLarge

Model = TypeVar("Model", bound=BaseModel)
OpenFile = Callable[[bytes], AbstractContextManager[BinaryIO]]

_PIECE_BYTES = 256 * 1024
#: How much of a file is shown to whoever decides where it goes.
HEAD_BYTES = 64
MAX_FIELD_BYTES = 256 * 1024
MAX_PARTS = 50
#: What is held at a time of the form itself: a part's headers, or what stands before the first part or after the last.
_MAX_HELD_BYTES = 2 * _PIECE_BYTES
FILE = "file"


class MultipartForm:
    """The form of one request; it can be read once."""

    def __init__(self, request: Request, *, cap_bytes: int | None) -> None:
        self._request = request
        self._cap_bytes = cap_bytes
        self.digest = ""

    @property
    def respond_async(self) -> bool:
        """Whether the client prefers an answer before the work is done (RFC 7240)."""
        preferences = self._request.headers.get("Prefer", "").split(",")
        return any(one.partition(";")[0].strip().lower() == "respond-async" for one in preferences)

    def read(self, model: type[Model], *, open_file: OpenFile, max_file_bytes: int) -> Model:
        """The fields as a model; the part named `file` goes where `open_file` says, given its first 64 bytes.

        Raises:
            TooLarge: the request is larger than the platform takes.
            InvalidRequest: not a form, cut short, a field that is not valid, two files, or a file of no or too many
                bytes. What was written is aborted.
        """
        with ExitStack() as stack:
            fields = _Fields(max_file_bytes, open_file, stack)
            try:
                for event in self._events():
                    fields.take(event)
            except (ValueError, ClientDisconnected):
                raise InvalidRequest("the body is not a whole multipart form") from None
            except RequestEntityTooLarge:
                raise InvalidRequest(f"the form has more than {MAX_PARTS} parts, or too much around them") from None
            fields.close()
            self.digest = fields.digest
            try:
                return model.model_validate(fields.values)
            except ValidationError as error:
                raise invalid(error) from None

    def _events(self) -> Iterator[Event]:
        kind, options = parse_options_header(self._request.headers.get("Content-Type"))
        if kind != "multipart/form-data" or not options.get("boundary"):
            raise InvalidRequest("the body must be multipart/form-data")
        if self._request.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
            raise InvalidRequest("a form must come without Content-Encoding")
        length = self._request.content_length
        if self._cap_bytes is not None and (length or 0) > self._cap_bytes:
            hint = "a larger file may be put where POST /api/recordings/uploads says"
            raise TooLarge(f"the body is larger than {self._cap_bytes:,} bytes", hint=hint)
        decoder = MultipartDecoder(options["boundary"].encode(), _MAX_HELD_BYTES, max_parts=MAX_PARTS)
        for piece in self._pieces(decoder):
            decoder.receive_data(piece)
            yield from _decoded(decoder)

    def _pieces(self, decoder: MultipartDecoder) -> Iterator[bytes | None]:
        """The body as it arrives, and None at its end.

        A piece never ends between the two dashes of the last boundary: the decoder (Werkzeug 3.1) would take the CR
        before that boundary for the last byte of the part.
        """
        half_an_end = b"--" + decoder.boundary + b"-"
        held = b""
        while arrived := self._request.stream.read(_PIECE_BYTES):
            piece = held + arrived
            seen = bytes(decoder.buffer[-len(half_an_end) :]) + piece[-len(half_an_end) :]
            held = b"-" if seen.endswith(half_an_end) else b""
            yield piece.removesuffix(held)
        yield None


def _decoded(decoder: MultipartDecoder) -> Iterator[Event]:
    while not isinstance(event := decoder.next_event(), NeedData):
        yield event
        if decoder.complete and not decoder.buffer:
            return


class _Fields:
    """What has been read of a form."""

    def __init__(self, max_file_bytes: int, open_file: OpenFile, stack: ExitStack) -> None:
        self.values: dict[str, str] = {}
        self._max_file_bytes = max_file_bytes
        self._open_file = open_file
        self._stack = stack
        self._part: Field | File | None = None
        self._held = bytearray()
        self._field_bytes = 0
        self._file: BinaryIO | None = None
        self._file_bytes: int | None = None
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        """The same for the same parts with the same contents in the same order, whatever stands between them."""
        return self._digest.hexdigest()

    def take(self, event: Event) -> None:
        if isinstance(event, (Field, File)):
            self._begin(event)
        elif isinstance(event, Data) and isinstance(self._part, File):
            self._take_file(event)
        elif isinstance(event, Data):
            self._take_field(event)

    def close(self) -> None:
        """To be called when the form is over.

        Raises:
            InvalidRequest: it had an empty file.
        """
        if self._file_bytes == 0:
            raise InvalidRequest.of(FILE, "must not be empty")

    def _begin(self, part: Field | File) -> None:
        if (part.name == FILE) is not isinstance(part, File):
            raise InvalidRequest.of(part.name or "the form", "must be a file" if part.name == FILE else "must be text")
        if part.name in self.values or (isinstance(part, File) and self._file_bytes is not None):
            raise InvalidRequest.of(part.name, "must be there once")
        self._part = part
        self._digest.update(f"\0{part.name}\0".encode())
        self._held.clear()
        if isinstance(part, File):
            self._file_bytes = 0

    def _take_field(self, event: Data) -> None:
        self._field_bytes += len(event.data)
        if self._field_bytes > MAX_FIELD_BYTES:
            raise InvalidRequest(f"the fields have more than {MAX_FIELD_BYTES:,} bytes")
        self._held += event.data
        self._digest.update(event.data)
        if not event.more_data and self._part is not None:
            self.values[self._part.name] = self._held.decode()

    def _take_file(self, event: Data) -> None:
        self._file_bytes = (self._file_bytes or 0) + len(event.data)
        if self._file_bytes > self._max_file_bytes:
            raise InvalidRequest.of(FILE, f"must have at most {self._max_file_bytes:,} bytes")
        self._digest.update(event.data)
        if self._file is not None:
            self._file.write(event.data)
            return
        self._held += event.data
        if self._held and (len(self._held) >= HEAD_BYTES or not event.more_data):
            self._file = self._stack.enter_context(self._open_file(bytes(self._held[:HEAD_BYTES])))
            self._file.write(bytes(self._held))
            self._held.clear()
