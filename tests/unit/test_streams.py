"""Bodies that are passed on: judged by their headers before a byte is read, and copied as they arrive."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Sequence

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st

from shared.edge.streams import ArrivingBody
from shared.errors import InvalidRequest, LengthRequired, UnsupportedMediaType
from tests.unit.forms import chunked, request

VIDEO = ("video/*", "application/octet-stream")


class Unread(io.RawIOBase):
    """A connection that nobody may read yet."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        raise AssertionError("the body was read")


def arriving(sent: Request, *, cap_bytes: int | None = None) -> ArrivingBody:
    return ArrivingBody(sent, takes=VIDEO, cap_bytes=cap_bytes)


def unread(content_type: str, **headers: str) -> Request:
    """A request whose body must not be touched."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = request(b"", announced=5, content_type=content_type, headers=named)
    sent.environ["wsgi.input"] = Unread()
    return Request(sent.environ)


@given(st.binary(max_size=2000), st.lists(st.integers(1, 700), min_size=1, max_size=5))
def test_a_body_is_copied_whole_however_it_arrives(body: bytes, sizes: Sequence[int]) -> None:
    target = io.BytesIO()

    arriving(request(body, sizes=sizes, content_type="video/webm")).copy_to(target)

    assert target.getvalue() == body


@pytest.mark.parametrize(
    ("header", "content_type"),
    [
        ("video/webm", "video/webm"),
        ("video/mp4", "video/mp4"),
        ("Video/WebM; codecs=vp9,opus", "video/webm"),
        ("video/x-matroska", "video/x-matroska"),
        ("application/octet-stream", "application/octet-stream"),
    ],
)
def test_a_type_that_is_taken_is_known_without_its_parameters(header: str, content_type: str) -> None:
    body = arriving(unread(header), cap_bytes=7)

    assert (body.content_type, body.size_bytes, body.cap_bytes) == (content_type, 5, 7)


@pytest.mark.parametrize(
    "header",
    ["", "video", "video/", "video/*", "video/we bm", "audio/webm", "text/plain", "application/json", "xvideo/webm"],
)
def test_any_other_type_is_refused_before_anything_is_read(header: str) -> None:
    with pytest.raises(UnsupportedMediaType, match=r"^Content-Type must be video/\* or application/octet-stream$"):
        arriving(unread(header))


def test_a_body_that_is_encoded_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType, match="Content-Encoding"):
        arriving(unread("video/webm", Content_Encoding="gzip"))


def test_a_body_must_say_how_long_it_is() -> None:
    sent = chunked(b"video")
    sent.environ["CONTENT_TYPE"] = "video/webm"

    with pytest.raises(LengthRequired):
        arriving(Request(sent.environ))


@pytest.mark.parametrize("arrived", [b"", b"vide"])
def test_a_body_that_ends_early_is_refused(arrived: bytes) -> None:
    body = arriving(request(arrived, announced=5, content_type="video/webm"))

    with pytest.raises(InvalidRequest, match="shorter than its Content-Length"):
        body.copy_to(io.BytesIO())


def test_a_body_is_not_held_while_it_is_copied() -> None:
    class Nowhere(io.BytesIO):
        def write(self, piece: object) -> int:
            return 0

    body = arriving(request(bytes(8 * 1024 * 1024), content_type="video/webm"))

    tracemalloc.start()
    try:
        body.copy_to(Nowhere())
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak_bytes < 2 * 1024 * 1024
