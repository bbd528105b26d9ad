"""From what a handler returns, or raises, to an HTTP response."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from flask import Request, Response
from pydantic import BaseModel
from werkzeug.exceptions import ClientDisconnected

from shared.edge.families import ApiFamily
from shared.errors import InvalidRequest, PlayheadError
from shared.wire import Alternatives, Representation

JSON = "application/json"
#: How much is read of a body that is refused.
DRAIN_BYTES = 1024 * 1024


def answer(
    returned: BaseModel | Representation | Alternatives[Any] | None,
    *,
    status: int,
    request: Request,
    max_stream_bytes: int | None,
    text_type: str | None = None,
) -> Response:
    """The response to a request that went well."""
    if isinstance(returned, Alternatives):
        return _choose(returned, text_type or JSON, status, request)
    if isinstance(returned, Representation):
        return _negotiate(returned, request, max_stream_bytes)
    if returned is None:
        return Response(status=204)
    own_status = getattr(returned, "http_status", None)
    return Response(returned.model_dump_json(by_alias=True), own_status or status, mimetype=JSON)


def refuse(error: PlayheadError, *, family: ApiFamily, request: Request, request_id: str) -> Response:
    """The response to a request that did not, in the family's shape.

    A body that has not been read to its end is answered by a stream: the framework reads the rest of it otherwise. Up
    to 1 MiB is read all the same, so that most clients have sent theirs and see the answer.
    """
    text = family.render(error, request_id)
    body = iter([text]) if _is_sending(request) else text
    response = Response(body, error.status, mimetype=JSON)
    response.headers.extend(error.headers)
    return response


def _is_sending(request: Request) -> bool:
    try:
        return len(request.stream.read(DRAIN_BYTES)) == DRAIN_BYTES
    except ClientDisconnected:
        return False


def _choose(made: Alternatives[Any], text_type: str, status: int, request: Request) -> Response:
    """JSON, unless the client would rather have the text."""
    if request.accept_mimetypes.best_match((JSON, text_type), default=JSON) == text_type:
        response = Response(made.text(), status, mimetype=text_type)
    else:
        response = Response(made.model().model_dump_json(by_alias=True), status, mimetype=JSON)
    response.headers["Vary"] = "Accept"
    return response


def _negotiate(stored: Representation, request: Request, max_stream_bytes: int | None) -> Response:
    takes_gzip = _takes_gzip(request)
    etag = f"{stored.etag}-gzip" if takes_gzip else stored.etag
    sent_bytes = stored.gzip_bytes if takes_gzip else stored.inflated_bytes
    if request.if_none_match.contains_weak(etag):
        response = Response(status=304)
    elif max_stream_bytes is not None and sent_bytes > max_stream_bytes:
        return _redirect(stored)
    elif takes_gzip:
        response = _stream(stored.pieces if stored.is_gzip else partial(_compressed, stored.pieces), request)
        response.headers["Content-Encoding"] = "gzip"
        if stored.is_gzip:
            response.headers["Content-Length"] = str(stored.gzip_bytes)
    else:
        response = _stream(partial(_inflated, stored.pieces) if stored.is_gzip else stored.pieces, request)
    response.headers["Vary"] = "Accept-Encoding"
    response.set_etag(etag)
    return response


def _takes_gzip(request: Request) -> bool:
    accepted = request.accept_encodings
    return bool(accepted) and accepted["gzip"] > 0


def _redirect(stored: Representation) -> Response:
    if stored.location is None:
        raise InvalidRequest("the range is larger than can be streamed; ask for a shorter one")
    return Response(status=307, headers={"Location": stored.location()})


def _stream(pieces: Callable[[], Iterator[bytes]], request: Request) -> Response:
    if request.method == "HEAD":
        return Response(iter(()), 200, mimetype=JSON)
    stream = pieces()
    first = next(stream, b"")  # what cannot even begin is still answered with an error
    return Response(chain((first,), stream), 200, mimetype=JSON)


def _inflated(pieces: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    """Gzip bytes inflated as they stream, in bounded memory."""
    stream = zlib.decompressobj(wbits=31)
    for piece in pieces():
        waiting = piece
        while waiting:
            yield stream.decompress(waiting, 256 * 1024)
            waiting = stream.unconsumed_tail
    yield stream.flush()


def _compressed(pieces: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    """Plain bytes compressed as they stream."""
    stream = zlib.compressobj(wbits=31)
    for piece in pieces():
        if compressed := stream.compress(piece):
            yield compressed
    yield stream.flush()
