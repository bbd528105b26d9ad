"""Request bodies: capped before they are read, inflated within bounds, parsed once."""

from __future__ import annotations

import codecs
import re
import zlib
from typing import Any, TypeVar

import msgspec
from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import ClientDisconnected

from shared.errors import InvalidRequest, TooLarge
from shared.wire import raw_members

Model = TypeVar("Model", bound=BaseModel)

#: A gzip body may inflate to this much.
MAX_INFLATED_BYTES = 256 * 1024 * 1024
_PIECE_BYTES = 64 * 1024
#: Half a surrogate pair, written as an escape. What may stand before it is an even number of backslashes.
_LONE_SURROGATE = re.compile(
    rb"(?<!\\)(?:\\\\)*\\u(?:[dD][89abAB][0-9a-fA-F]{2}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<high>))"
    rb"|[dD][c-fC-F][0-9a-fA-F]{2}(?P<low>))"
)
_REPLACEMENT = rb"\ufffd"


def read_body(request: Request, *, cap_bytes: int | None) -> bytes:
    """The whole body, inflated where it came as gzip.

    Raises:
        TooLarge: announced or found to be larger than `cap_bytes`, or inflating to more than 256 MiB.
        InvalidRequest: an encoding that is not gzip, a gzip stream that is broken, or a body that was cut short.
    """
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("identity", "", "gzip"):
        raise InvalidRequest("Content-Encoding must be gzip or absent")
    if cap_bytes is not None and (request.content_length or 0) > cap_bytes:
        raise _too_large(cap_bytes)
    body = bytearray()
    try:
        while piece := request.stream.read(_PIECE_BYTES):
            body += piece
            if cap_bytes is not None and len(body) > cap_bytes:
                raise _too_large(cap_bytes)
    except ClientDisconnected:
        raise InvalidRequest("the body is shorter than its Content-Length") from None
    if request.content_length is not None and len(body) < request.content_length:
        raise InvalidRequest("the body is shorter than its Content-Length")
    return _inflate(body) if encoding == "gzip" else bytes(body)


def parse_body(raw: bytes, model: type[Model]) -> Model:
    """The body as a model; members that the model keeps raw are not parsed here.

    Raises:
        InvalidRequest: not JSON, not UTF-8, not an object, or not what the model takes.
    """
    _require_utf8(raw)
    try:
        values = _split(raw, raw_members(model))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body is not valid JSON: {_reason(error)}") from None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(error) from None


def _split(raw: bytes, kept: frozenset[str]) -> dict[str, Any]:
    """The members of a JSON object, parsed but for those that are kept raw."""
    try:
        members: dict[str, msgspec.Raw] = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        raise InvalidRequest("the body must be a JSON object") from None
    except msgspec.DecodeError:
        # JavaScript writes half a surrogate pair as an escape, which no UTF-8 text can hold.
        mended = _mend_surrogates(raw)
        if mended is None:
            raise
        members = msgspec.json.decode(mended, type=dict[str, msgspec.Raw])
    return {name: member if name in kept else msgspec.json.decode(member) for name, member in members.items()}


def _mend_surrogates(raw: bytes) -> bytearray | None:
    """The text with U+FFFD, an escape of the same length, in place of half pairs; None where there are none."""
    mended = None
    for found in _LONE_SURROGATE.finditer(raw):
        if found["high"] is None and found["low"] is None:
            continue
        mended = bytearray(raw) if mended is None else mended
        mended[found.end() - len(_REPLACEMENT) : found.end()] = _REPLACEMENT
    return mended


def invalid(error: ValidationError) -> InvalidRequest:
    """The first problem that validation found, as a sentence about the field; never the value itself."""
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in problem["loc"]) or "the request"
    return InvalidRequest(f"{where}: {problem['msg'].removeprefix('Value error, ')}")


def _inflate(body: bytearray) -> bytes:
    inflated = bytearray()
    stream = zlib.decompressobj(wbits=31)
    try:
        for start in range(0, len(body), _PIECE_BYTES):
            waiting = bytes(body[start : start + _PIECE_BYTES])
            while waiting:
                inflated += stream.decompress(waiting, _PIECE_BYTES)
                if len(inflated) > MAX_INFLATED_BYTES:
                    raise _too_large(MAX_INFLATED_BYTES)
                waiting = stream.unconsumed_tail
    except zlib.error:
        raise InvalidRequest("the body is not valid gzip") from None
    if not stream.eof or stream.unused_data:
        raise InvalidRequest("the body is not one whole gzip stream")
    return bytes(inflated)


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
