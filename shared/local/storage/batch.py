"""Batches: many calls of the JSON API in one `multipart/mixed` request, answered in the same order."""

import email.parser
import email.policy
import http
import urllib.parse
from email.message import Message

from starlette.datastructures import Headers
from starlette.responses import Response

from shared.local.storage.errors import InvalidRequest, StorageError, json_error
from shared.local.storage.json_api import JsonApi
from shared.local.storage.routing import Call

_BOUNDARY = "batch"


def answer_batch(api: JsonApi, content_type: str, body: bytes) -> Response:
    """Answer every call of a batch; one that is refused does not stop the others."""
    parts = _parse(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    answers = [_answer_part(api, part) for part in parts]
    content = b"".join(b"--%b\r\n%b\r\n" % (_BOUNDARY.encode(), answer) for answer in answers)
    closing = b"--%b--\r\n" % _BOUNDARY.encode()
    return Response(content + closing, media_type=f'multipart/mixed; boundary="{_BOUNDARY}"')


def _parse(content: bytes) -> list[Message]:
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(content)
    if not message.is_multipart():
        raise InvalidRequest("A batch must be multipart/mixed")
    return [part for part in message.iter_parts() if isinstance(part, Message)]


def _answer_part(api: JsonApi, part: Message) -> bytes:
    try:
        response = api.answer(_call(part))
    except StorageError as error:
        response = json_error(error)
    phrase = http.HTTPStatus(response.status_code).phrase
    content_id = part.get("Content-ID", "").strip("<>")
    head = (
        f"Content-Type: application/http\r\nContent-ID: <response-{content_id}>\r\n\r\n"
        f"HTTP/1.1 {response.status_code} {phrase}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n"
    )
    return head.encode() + bytes(response.body)


def _call(part: Message) -> Call:
    """Read the HTTP request that a part holds."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        raise InvalidRequest("A part of a batch must be an HTTP request")
    request_line, _, rest = content.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n")
    head, _, body = rest.partition(b"\n\n")
    try:
        method, url, *_ = request_line.decode("ascii").split(" ")
    except ValueError as error:
        raise InvalidRequest("A part of a batch must be an HTTP request") from error
    parts = urllib.parse.urlsplit(url)
    if not parts.path.startswith("/storage/") or "alt=media" in parts.query:
        raise InvalidRequest("Batches carry metadata only")
    fields = email.parser.BytesHeaderParser().parsebytes(head)
    headers = Headers({key.lower(): value for key, value in fields.items()})
    query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
    return Call(method, parts.path, query, headers, body.strip())
