"""Request bodies: capped before they are read, inflated within bounds, parsed once."""

from __future__ import annotations

import codecs
import io
import re
import zlib
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from flask import Request
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import ClientDisconnected

from shared.errors import UNKNOWN_FIELD, InvalidRequest, Problem, TooLarge
from shared.wire import WireModel, raw_members

Model = TypeVar("Model", bound=WireModel)

#: A gzip body may inflate to this much.
MAX_INFLATED_BYTES = 256 * 1024 * 1024
_PIECE_BYTES = 64 * 1024
MOST_PROBLEMS = 20
#: A surrogate pair, or half of one, written as escapes. It begins with plain text, which makes the search fast.
_SURROGATE = re.compile(
    rb"\\u(?:[dD][89abAB][0-9a-fA-F]{2}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<high>))"
    rb"|[dD][c-fC-F][0-9a-fA-F]{2}(?P<low>))"
)
_BACKSLASHES = b"\\" * _PIECE_BYTES
_REPLACEMENT = rb"\ufffd"


def read_body(request: Request, *, cap_bytes: int | None, inflated_cap_bytes: int | None = None) -> bytes:
    """The whole body, inflated where it came as gzip.

    Raises:
        TooLarge: announced or found to be larger than `cap_bytes`, or, once inflated, than `inflated_cap_bytes`, which
            is 256 MiB where nothing is said.
        InvalidRequest: an encoding that is not gzip, a gzip stream that is broken, or a body that was cut short.
    """
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("identity", "", "gzip"):
        raise InvalidRequest("Content-Encoding must be gzip or absent")
    if inflated_cap_bytes is not None and encoding != "gzip":
        cap_bytes = min(cap_bytes or inflated_cap_bytes, inflated_cap_bytes)
    if cap_bytes is not None and (request.content_length or 0) > cap_bytes:
        raise _too_large(cap_bytes)
    body = io.BytesIO()  # its value is had without a copy, unlike a bytearray's
    try:
        while piece := request.stream.read(_PIECE_BYTES):
            body.write(piece)
            if cap_bytes is not None and body.tell() > cap_bytes:
                raise _too_large(cap_bytes)
    except ClientDisconnected:
        raise InvalidRequest("the body is shorter than its Content-Length") from None
    if request.content_length is not None and body.tell() < request.content_length:
        raise InvalidRequest("the body is shorter than its Content-Length")
    return _inflate(body.getvalue(), inflated_cap_bytes) if encoding == "gzip" else body.getvalue()


def parse_body(raw: bytes, model: type[Model]) -> Model:
    """The body as a model; members that the model keeps raw are not parsed here, and those it does not know nowhere.

    Raises:
        InvalidRequest: not JSON, not UTF-8, not an object, or not what the model takes.
    """
    _require_utf8(raw)
    try:
        values = _members(raw, model)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body is not valid JSON: {_reason(error)}") from None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(error) from None


def _members(raw: bytes, model: type[WireModel]) -> dict[str, Any]:
    """The members of a JSON object that the model has, parsed but for those that it keeps raw."""
    slots, kept = msgspec.structs.asdict(_split(raw, _slots(model))), raw_members(model)
    found = {name: member for name, member in slots.items() if member is not msgspec.UNSET}
    size_bytes = {name: len(memoryview(member)) for name, member in found.items() if name not in kept}
    if sum(size_bytes.values()) > model.max_parsed_bytes:
        raise InvalidRequest(f"{max(size_bytes, key=size_bytes.__getitem__)}: too large")
    return {name: member if name in kept else msgspec.json.decode(member) for name, member in found.items()}


@cache
def _slots(model: type[WireModel]) -> type[msgspec.Struct]:
    """A place for each member that the model has. Another one is refused, or skipped at no cost in memory."""
    names = [field.alias or name for name, field in model.model_fields.items()]
    return msgspec.defstruct(
        model.__name__,
        [(name, msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for name in names],
        forbid_unknown_fields=model.model_config.get("extra") == "forbid",
    )


def _split(raw: bytes | bytearray, slots: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.json.decode(raw, type=slots)
    except msgspec.ValidationError as error:
        _, _, unknown = str(error).partition("unknown field `")
        if unknown:
            raise InvalidRequest.of(unknown[:100].removesuffix("`"), UNKNOWN_FIELD) from None
        raise InvalidRequest("the body must be a JSON object") from None
    except msgspec.DecodeError:
        # JavaScript writes half a surrogate pair as an escape, which no UTF-8 text can hold.
        mended = _mend_surrogates(raw)
        if mended is None:
            raise
    return _split(mended, slots)


def _mend_surrogates(raw: bytes | bytearray) -> bytearray | None:
    """The text with U+FFFD, an escape of the same length, in place of half pairs; None where there are none."""
    mended, position = None, 0
    while found := _SURROGATE.search(raw, position):
        is_escape = _backslashes_before(found.start(), raw) % 2 == 0
        position = found.end() if is_escape else found.start() + 2
        if is_escape and found.lastgroup is not None:
            mended = bytearray(raw) if mended is None else mended
            mended[position - len(_REPLACEMENT) : position] = _REPLACEMENT
    return mended


def _backslashes_before(end: int, raw: bytes | bytearray) -> int:
    start = end
    while start >= _PIECE_BYTES and raw[start - _PIECE_BYTES : start] == _BACKSLASHES:
        start -= _PIECE_BYTES
    while start and raw[start - 1] == ord("\\"):
        start -= 1
    return end - start


def invalid(error: ValidationError) -> InvalidRequest:
    """The problems that validation found, each as a sentence about its field; never the value itself."""
    problems = tuple(_problem(one) for one in error.errors(include_url=False, include_input=False)[:MOST_PROBLEMS])
    return InvalidRequest(f"{problems[0].field}: {problems[0].text}", problems=problems)


def _problem(details: ErrorDetails) -> Problem:
    field = ".".join(str(part) for part in details["loc"]) or "the request"
    text = details["msg"].removeprefix("Value error, ")
    if details["type"] == "extra_forbidden":
        text = UNKNOWN_FIELD
    if details["type"] == "string_pattern_mismatch":
        is_uuid = re.fullmatch(details["ctx"]["pattern"], str(UUID(int=0)))
        text = "must be a UUID" if is_uuid else "has not the form that it must have"
    return Problem(field, text)


def _inflate(body: bytes, cap_bytes: int | None = None) -> bytes:
    most_bytes, inflated = cap_bytes or MAX_INFLATED_BYTES, io.BytesIO()
    stream = zlib.decompressobj(wbits=31)
    waiting = memoryview(body)
    try:
        while waiting and not stream.eof:
            inflated.write(stream.decompress(waiting[:_PIECE_BYTES], _PIECE_BYTES))
            if inflated.tell() > most_bytes:
                raise _too_large(most_bytes)
            waiting = waiting[min(_PIECE_BYTES, len(waiting)) - len(stream.unconsumed_tail) :]
    except zlib.error:
        raise InvalidRequest("the body is not valid gzip") from None
    if not stream.eof or waiting or stream.unused_data:
        raise InvalidRequest("the body is not one whole gzip stream")
    return inflated.getvalue()


def _require_utf8(raw: bytes) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(raw), _PIECE_BYTES):
            decoder.decode(raw[start : start + _PIECE_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise InvalidRequest("the body is not valid UTF-8") from None


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _too_large(cap_bytes: int) -> TooLarge:
    return TooLarge(f"the body is larger than {cap_bytes:,} bytes", hint="it may be sent with Content-Encoding: gzip")
