"""Recordings that are refused: what is said of them, and that nothing of them stays."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from urllib3 import encode_multipart_formdata

from tests.integration.platform import RunningPlatform, Sessions
from tests.integration.sessions_refusals import problems, refusal
from tests.integration.sessions_strays import made, strays_among, uploaded
from tests.integration.sessions_videos import small_film
from tests.unit.pictures import CHECKOUT

PATH = "/recordings"
TITLE = ("title", (None, "x"))
SEED_URL = ("seedUrl", (None, CHECKOUT))
WEBM_HEAD = b"\x1aE\xdf\xa3" + bytes(60)
PIECE = bytes(256 * 1024)
MOST_BYTES = 100 * 1024 * 1024
MOST_HELD_BYTES = 48 * 1024 * 1024

NOT_VIDEOS = {
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a page": b"<!doctype html><video src=x>",
    "an AVI": b"RIFF\x00\x00\x00\x00AVI LIST" + bytes(100),
    "one byte": b"\x1a",
    "text": b"video/webm",
}
NOT_FIELDS: list[tuple[dict[str, str], str]] = [
    ({"title": ""}, "title should have at least 1 character"),
    ({"title": "x" * 501}, "title should have at most 500 characters"),
    ({"seedUrl": ""}, "seedUrl must be an absolute http or https URL"),
    ({"seedUrl": "/checkout"}, "seedUrl must be an absolute http or https URL"),
    ({"seedUrl": "shop.example/checkout"}, "seedUrl must be an absolute http or https URL"),
    ({"seedUrl": "ftp://shop.example/"}, "seedUrl must be an absolute http or https URL"),
    ({"seedUrl": "javascript:alert(1)"}, "seedUrl must be an absolute http or https URL"),
    ({"seedUrl": "https://shop.example/" + "x" * 2048}, "seedUrl should have at most 2048 characters"),
    ({"notes": "x" * 2001}, "notes should have at most 2000 characters"),
    ({"agentTarget": "GPT"}, "agentTarget should be 'CLAUDE_CODE', 'CODEX', 'CURSOR' or 'RAW'"),
    ({"durationMs": "-1"}, "durationMs should be greater than or equal to 0"),
    ({"durationMs": "soon"}, "durationMs should be a valid integer, unable to parse string as an integer"),
    ({"userId": "ada"}, "property userId should not exist"),
]
PRIVATE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://localhost:3000/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://10.0.0.1/admin",
    "http://172.16.5.4/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "https://ada:secret@shop.example/",
    "http://printer.local/",
]


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_made(platform: RunningPlatform) -> Iterator[None]:
    """Whatever the tests here send: nothing comes of it."""
    before = made()
    yield
    assert strays_among(made() - before) == []


@pytest.fixture(autouse=True)
def _nothing_stays(sessions: Sessions) -> Iterator[None]:
    """Whatever a test here sends: no session comes to be, and what was uploaded is removed."""
    yield
    assert sessions.listed() == []
    assert strays_among(uploaded()) == []


def file_of(content: bytes | str, name: str = "video.webm") -> tuple[str, Any]:
    return "file", (name, content, "video/webm")


def send(sessions: Sessions, *parts: tuple[str, Any], **headers: str) -> requests.Response:
    return sessions.call("POST", PATH, files=parts, headers=headers)


def send_raw(sessions: Sessions, body: Any, **headers: str) -> requests.Response:
    return sessions.call(
        "POST", PATH, data=body, headers={name.replace("_", "-"): one for name, one in headers.items()}
    )


def whole_form(content: bytes = b"") -> tuple[bytes, str]:
    """A good form as bytes, and its content type."""
    file = ("video.webm", content or small_film(), "video/webm")
    return encode_multipart_formdata({"title": "x", "seedUrl": CHECKOUT, "file": file})


def test_a_recording_needs_a_file(sessions: Sessions) -> None:
    assert problems(send(sessions, TITLE, SEED_URL)) == ["file is required"]


@pytest.mark.parametrize("content", NOT_VIDEOS.values(), ids=list(NOT_VIDEOS))
def test_a_file_is_what_its_bytes_say_whatever_its_name_and_header(sessions: Sessions, content: bytes) -> None:
    answer = send(sessions, TITLE, SEED_URL, file_of(content))

    assert problems(answer) == ["file must be a WebM, MP4 or Matroska video"]


def test_an_empty_file_is_refused(sessions: Sessions) -> None:
    assert problems(send(sessions, TITLE, SEED_URL, file_of(b""))) == ["file must not be empty"]


def test_two_files_are_refused(sessions: Sessions) -> None:
    answer = send(sessions, TITLE, SEED_URL, file_of(small_film()), file_of(small_film()))

    assert problems(answer) == ["file must be there once"]


def test_a_file_that_comes_as_text_is_refused(sessions: Sessions) -> None:
    assert problems(send(sessions, TITLE, SEED_URL, ("file", (None, "text")))) == ["file must be a file"]


def test_a_field_that_comes_twice_is_refused(sessions: Sessions) -> None:
    assert problems(send(sessions, TITLE, TITLE, SEED_URL, file_of(small_film()))) == ["title must be there once"]


@pytest.mark.parametrize("is_last", [False, True], ids=["before the file", "after the file"])
@pytest.mark.parametrize(("missing", "kept"), [("title", SEED_URL), ("seedUrl", TITLE)])
def test_a_recording_needs_its_fields(sessions: Sessions, missing: str, kept: tuple[str, Any], is_last: bool) -> None:
    parts = [kept, file_of(small_film())]

    answer = send(sessions, *(reversed(parts) if is_last else parts))

    assert problems(answer) == [f"{missing} is required"]


@pytest.mark.parametrize(("fields", "said"), NOT_FIELDS, ids=lambda case: str(case)[:40])
def test_a_field_that_is_not_what_it_should_be_is_refused_by_its_name(
    sessions: Sessions, fields: dict[str, str], said: str
) -> None:
    answer = sessions.upload(small_film(), {"title": "x", "seedUrl": CHECKOUT, **fields})

    assert problems(answer) == [said]


@pytest.mark.parametrize("url", PRIVATE)
def test_a_seed_url_that_leads_into_a_private_network_is_refused(sessions: Sessions, url: str) -> None:
    answer = sessions.upload(small_film(), {"title": "x", "seedUrl": url})

    assert problems(answer) == ["seedUrl must lead to the public internet"]


@pytest.mark.parametrize("port", [1, 22, 6379])
def test_another_port_of_a_listed_host_is_refused(sessions: Sessions, port: int) -> None:
    answer = sessions.upload(small_film(), {"title": "x", "seedUrl": f"http://127.0.0.1:{port}/"})

    assert problems(answer) == ["seedUrl must lead to the public internet"]


def too_large(boundary: str) -> Iterator[bytes]:
    """A form whose file has a byte more than is taken, a piece at a time."""
    head = 'Content-Disposition: form-data; name="file"; filename="video.webm"\r\n\r\n'
    yield f"--{boundary}\r\n{head}".encode() + WEBM_HEAD
    for _ in range(MOST_BYTES // len(PIECE)):
        yield PIECE
    yield bytes(1) + f"\r\n--{boundary}--\r\n".encode()


def test_a_file_that_is_too_large_is_refused_and_never_held(sessions: Sessions, platform: RunningPlatform) -> None:
    before_bytes = platform.part("api").memory_info().rss

    answer = send_raw(sessions, too_large("edge"), Content_Type="multipart/form-data; boundary=edge")

    assert problems(answer) == [f"file must have at most {MOST_BYTES:,} bytes"]
    assert platform.part("api").memory_info().rss - before_bytes < MOST_HELD_BYTES


def test_a_request_above_the_platforms_cap_is_told_of_the_other_way(sessions: Sessions) -> None:
    body, content_type = whole_form(WEBM_HEAD + bytes(32 * 1024 * 1024))

    message = refusal(send_raw(sessions, body, Content_Type=content_type), 413)

    assert message == (
        "the body is larger than 33,554,432 bytes; a larger file may be put where POST /api/recordings/uploads says"
    )


@pytest.mark.parametrize("cut", [20, 150, -1000, -10], ids=["in a field", "in a header", "in the file", "at the end"])
def test_a_form_that_is_cut_short_is_refused(sessions: Sessions, cut: int) -> None:
    body, content_type = whole_form()

    answer = send_raw(sessions, body[:cut], Content_Type=content_type)

    assert refusal(answer, 400) == "the body is not a whole multipart form"


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(sessions: Sessions) -> None:
    body, content_type = whole_form(WEBM_HEAD + bytes(1024 * 1024))
    address = urlsplit(sessions.url)
    lines = [
        "POST /sessions/api/recordings HTTP/1.1",
        f"Host: {address.netloc}",
        f"Authorization: {sessions.headers['Authorization']}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
    ]

    with closing(socket.create_connection((str(address.hostname), address.port or 80), timeout=10)) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body[:-1000])
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"not a whole multipart form" in answer


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/mixed; boundary=edge",
        "multipart/form-data",
        "",
    ],
)
def test_a_body_that_is_no_form_is_refused(sessions: Sessions, content_type: str) -> None:
    answer = send_raw(sessions, b'{"title": "x"}', Content_Type=content_type)

    assert refusal(answer, 400) == "the body must be multipart/form-data"


def test_a_body_that_does_not_go_with_its_boundary_is_refused(sessions: Sessions) -> None:
    body, _ = whole_form()

    answer = send_raw(sessions, body, Content_Type="multipart/form-data; boundary=another")

    assert refusal(answer, 400) == "the body is not a whole multipart form"


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_compressed_form_is_refused(sessions: Sessions, encoding: str) -> None:
    body, content_type = whole_form()

    answer = send_raw(sessions, gzip.compress(body), Content_Type=content_type, Content_Encoding=encoding)

    assert refusal(answer, 400) == "a form must come without Content-Encoding"


def test_a_form_of_nobody_is_refused_before_it_is_read(sessions: Sessions) -> None:
    body, content_type = whole_form()
    nobody = Sessions(sessions.url, None)

    assert refusal(send_raw(nobody, body, Content_Type=content_type), 401)
