"""Answers: stored JSON as it is, inflated, or somewhere else; and failures in the family's shape."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from shared.capture.api import RecordingCreated
from shared.edge.answers import DRAIN_BYTES, answer, refuse
from shared.edge.families import FAMILIES
from shared.errors import MethodNotAllowed, NotFound, PlayheadError, TooLarge, TooMany, Unauthorized, Upstream
from shared.wire import Representation

INFLATED = json.dumps([{"type": 3, "timestamp": number} for number in range(2000)]).encode()
STORED = gzip.compress(INFLATED)
ELSEWHERE = "https://storage.test/media/events.json?signed"


def stored(**changes: Any) -> Representation:
    """Events as they are stored, read in small pieces."""

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(STORED), 100):
            yield STORED[start : start + 100]

    facts: dict[str, Any] = {
        "etag": "17",
        "pieces": pieces,
        "inflated_bytes": len(INFLATED),
        "is_gzip": True,
        "gzip_bytes": len(STORED),
        "location": lambda: ELSEWHERE,
    }
    return Representation(**{**facts, **changes})


def plain(**changes: Any) -> Representation:
    """A part of them, which is made as it is read."""
    facts: dict[str, Any] = {"is_gzip": False, "gzip_bytes": 2, "inflated_bytes": 2, "location": None}
    return stored(**{**facts, "pieces": lambda: iter([b"[", b"]"]), **changes})


def get(
    returned: Representation, *, method: str = "GET", max_stream_bytes: int | None = None, **headers: Any
) -> Response:
    named = [(name.replace("_", "-"), value) for name, value in headers.items() if value is not None]
    request = Request(EnvironBuilder(method=method, headers=named).get_environ())
    return answer(returned, status=200, request=request, max_stream_bytes=max_stream_bytes)


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "*", "GZIP"])
def test_a_client_that_takes_gzip_gets_the_stored_bytes(accepted: str) -> None:
    response = get(stored(), Accept_Encoding=accepted)

    assert response.data == STORED
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Content-Length"] == str(len(STORED))
    assert (response.mimetype, response.headers["Vary"]) == ("application/json", "Accept-Encoding")


@pytest.mark.parametrize("accepted", [None, "", "identity", "br", "gzip;q=0", "*;q=0"])
def test_any_other_client_gets_them_inflated(accepted: str | None) -> None:
    response = get(stored(), Accept_Encoding=accepted)

    assert response.data == INFLATED
    assert "Content-Encoding" not in response.headers
    assert response.headers["Vary"] == "Accept-Encoding"


def test_each_encoding_has_its_own_etag() -> None:
    assert get(stored(), Accept_Encoding="gzip").headers["ETag"] == '"17-gzip"'
    assert get(stored()).headers["ETag"] == '"17"'
    assert get(plain(), Accept_Encoding="gzip").headers["ETag"] == '"17-gzip"'
    assert get(plain()).headers["ETag"] == '"17"'


def test_what_is_made_as_it_is_read_is_compressed_for_a_client_that_takes_gzip() -> None:
    response = get(plain(), Accept_Encoding="gzip")

    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.data) == get(plain()).data == b"[]"


@pytest.mark.parametrize("known", ['"17-gzip"', '"16", "17-gzip"', "*", 'W/"17-gzip"'])
def test_a_client_that_has_it_already_gets_nothing(known: str) -> None:
    response = get(stored(), Accept_Encoding="gzip", If_None_Match=known)

    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == '"17-gzip"'


@pytest.mark.parametrize("known", ['"17"', '"16-gzip"', "17-gzip-", ""])
def test_a_client_that_has_another_one_gets_this_one(known: str) -> None:
    assert get(stored(), Accept_Encoding="gzip", If_None_Match=known).status_code == 200


def test_head_is_get_without_the_body() -> None:
    response = get(stored(), method="HEAD", Accept_Encoding="gzip")

    assert (response.status_code, response.data) == (200, b"")
    assert (response.headers["ETag"], response.headers["Content-Length"]) == ('"17-gzip"', str(len(STORED)))


@pytest.mark.parametrize(
    ("accepted", "sent_bytes"), [("gzip", len(STORED)), (None, len(INFLATED))], ids=["gzip", "inflated"]
)
def test_more_than_the_platform_streams_is_to_be_had_elsewhere(accepted: str | None, sent_bytes: int) -> None:
    allowed = get(stored(), max_stream_bytes=sent_bytes, Accept_Encoding=accepted)
    redirected = get(stored(), max_stream_bytes=sent_bytes - 1, Accept_Encoding=accepted)

    assert allowed.status_code == 200
    assert (redirected.status_code, redirected.headers["Location"]) == (307, ELSEWHERE)


def test_a_client_that_has_it_already_is_not_sent_elsewhere() -> None:
    response = get(stored(), max_stream_bytes=1, Accept_Encoding="gzip", If_None_Match='"17-gzip"')

    assert response.status_code == 304


def test_a_part_that_is_more_than_the_platform_streams_is_refused_with_advice() -> None:
    with pytest.raises(PlayheadError, match="shorter") as refusal:
        get(plain(), max_stream_bytes=1)

    assert refusal.value.status == 400


def test_what_cannot_even_begin_is_an_error_and_no_empty_answer() -> None:
    def gone() -> Iterator[bytes]:
        raise NotFound("recording not found")
        yield b""

    with pytest.raises(NotFound):
        get(stored(pieces=gone))


def test_a_model_is_its_json() -> None:
    request = Request(EnvironBuilder().get_environ())
    created = RecordingCreated(id="0123abcd-0000-4000-8000-00000000cafe", status="processing", video_upload_url=None)

    response = answer(created, status=201, request=request, max_stream_bytes=None)

    assert (response.status_code, response.mimetype) == (201, "application/json")
    assert response.get_json() == {"id": "0123abcd-0000-4000-8000-00000000cafe", "status": "processing"}


def test_nothing_is_204_without_a_body() -> None:
    request = Request(EnvironBuilder().get_environ())

    response = answer(None, status=204, request=request, max_stream_bytes=None)

    assert (response.status_code, response.data) == (204, b"")


def refused(error: PlayheadError, body: bytes = b"") -> Response:
    request = Request(EnvironBuilder(method="POST", data=body).get_environ())
    return refuse(error, family=FAMILIES["capture"], request=request, request_id="req-1")


@pytest.mark.parametrize(
    ("error", "status", "code", "header"),
    [
        (PlayheadError(), 500, "internal", None),
        (Unauthorized(), 401, "unauthorized", ("WWW-Authenticate", "Bearer")),
        (NotFound("recording not found"), 404, "not_found", None),
        (MethodNotAllowed(("GET", "HEAD")), 405, "method_not_allowed", ("Allow", "GET, HEAD")),
        (TooMany(retry_after_s=3), 429, "rate_limited", ("Retry-After", "3")),
        (Upstream("the queue answered Unavailable"), 502, "upstream_failed", None),
    ],
)
def test_a_failure_has_the_familys_shape(
    error: PlayheadError, status: int, code: str, header: tuple[str, str] | None
) -> None:
    response = refused(error)

    assert response.status_code == status
    assert response.get_json() == {"message": error.message, "code": code, "request_id": "req-1"}
    if header:
        assert response.headers[header[0]] == header[1]


def test_a_failure_may_carry_a_hint() -> None:
    response = refused(NotFound(hint="look elsewhere"))

    assert response.get_json()["hint"] == "look elsewhere"


def test_a_body_that_is_still_coming_is_answered_by_a_stream() -> None:
    """The framework reads a body to its end before any other answer."""
    response = refused(TooLarge("too much"), b"x" * (DRAIN_BYTES + 1))

    assert response.status_code == 413
    assert response.is_streamed
    assert json.loads(response.data)["message"] == "too much"
    assert not refused(TooLarge("too much"), b"x" * (DRAIN_BYTES - 1)).is_streamed
