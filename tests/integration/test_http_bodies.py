"""Request bodies of every size and make, as far as the edge judges them."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest
import requests

from tests.integration.platform import Capture, minimal
from tests.integration.refusals import refusal
from tests.integration.rrweb_events import as_json, long_recording

PATH = "/api/v1/recordings"
GZIP = {"Content-Encoding": "gzip"}
BODY = json.dumps({**minimal(), "has_video": True}).encode()
PACKED = gzip.compress(BODY)
#: One byte above the cap is enough, but this is what a client sends that knows of no cap.
TOO_LARGE = b'{"name":"' + b"x" * (34 * 1024 * 1024) + b'"}'


def pieces(body: bytes) -> Iterator[bytes]:
    """A body of unknown length, which the client sends in chunks."""
    for start in range(0, len(body), 64 * 1024):
        yield body[start : start + 64 * 1024]


def zeros_packed(megabytes: int) -> bytes:
    compressor = zlib.compressobj(9, wbits=31)
    return b"".join([*(compressor.compress(bytes(1024 * 1024)) for _ in range(megabytes)), compressor.flush()])


def test_a_body_announced_as_too_large_is_refused_in_the_familys_shape(capture: Capture) -> None:
    answer = capture.call("POST", PATH, data=TOO_LARGE)

    assert "33,554,432 bytes" in refusal(answer, 413, "too_large")


def test_a_body_that_turns_out_too_large_is_refused_in_the_familys_shape(capture: Capture) -> None:
    answer = capture.call("POST", PATH, data=pieces(TOO_LARGE))

    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    assert "33,554,432 bytes" in refusal(answer, 413, "too_large")


def test_a_connection_survives_a_body_that_was_refused(capture: Capture) -> None:
    with requests.Session() as connection:
        url = f"{capture.url}/capture{PATH}"
        refused = connection.post(url, data=TOO_LARGE, headers=capture.headers, timeout=30)
        taken = connection.post(url, data=BODY, headers=capture.headers, timeout=30)

    assert (refused.status_code, taken.status_code) == (413, 201)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        pytest.param("POST", PATH, {}, 413, id="too large"),
        pytest.param("POST", PATH, {"Authorization": "Bearer nobody"}, 401, id="of nobody"),
        pytest.param("POST", "/api/v1/nothing", {}, 404, id="to nowhere"),
        pytest.param("PUT", PATH, {}, 405, id="by another method"),
        pytest.param("POST", PATH, {"Content-Encoding": "br"}, 400, id="of another encoding"),
    ],
)
def test_a_body_that_cannot_be_taken_is_not_waited_for(
    capture: Capture, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """At most 1 MiB is read of it; a client that is still sending has its answer already."""
    connection = HTTPConnection(capture.url.removeprefix("http://"), timeout=5)
    connection.putrequest(method, f"/capture{path}")
    for name, value in {**capture.headers, "Content-Length": str(len(TOO_LARGE)), **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(TOO_LARGE[: 2 * 1024 * 1024])

    with closing(connection):
        assert connection.getresponse().status == status


def test_a_body_just_below_the_cap_is_read_to_its_end(capture: Capture) -> None:
    padding = b" " * (32 * 1024 * 1024 - len(BODY))

    assert capture.call("POST", PATH, data=BODY + padding).status_code == 201


def test_a_body_of_unknown_length_is_taken(capture: Capture) -> None:
    assert capture.call("POST", PATH, data=pieces(BODY)).status_code == 201


@pytest.mark.parametrize("spelling", ["gzip", "GZIP"])
def test_a_gzip_body_is_taken(capture: Capture, spelling: str) -> None:
    answer = capture.call("POST", PATH, data=PACKED, headers={"Content-Encoding": spelling})

    assert answer.status_code == 201


def test_a_recording_above_the_cap_can_be_sent_compressed(capture: Capture) -> None:
    events = long_recording(count=9_000, text_bytes=4_000)
    body = f'{{"started_at":"2026-05-04T10:00:00Z","has_video":true,"events":{as_json(events)}}}'.encode()
    assert len(body) > 32 * 1024 * 1024

    answer = capture.call("POST", PATH, data=gzip.compress(body, 1), headers=GZIP)

    assert answer.status_code == 201
    assert capture.recording(answer.json()["id"])["event_count"] == len(events)


def test_a_gzip_bomb_is_refused_before_it_has_burst(capture: Capture) -> None:
    bomb = zeros_packed(300)
    assert len(bomb) < 1024 * 1024
    started = time.monotonic()

    answer = capture.call("POST", PATH, data=bomb, headers=GZIP)

    assert "268,435,456 bytes" in refusal(answer, 413, "too_large")
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(BODY, id="not compressed"),
        pytest.param(PACKED[:-1], id="cut short"),
        pytest.param(PACKED[:20] + b"\x00\x00" + PACKED[22:], id="damaged"),
        pytest.param(PACKED[:-8] + b"\x00" * 8, id="of another checksum"),
        pytest.param(PACKED + b"more", id="with something behind it"),
        pytest.param(PACKED + PACKED, id="twice"),
        pytest.param(zlib.compress(BODY), id="zlib"),
    ],
)
def test_a_gzip_body_that_is_broken_is_refused(capture: Capture, broken: bytes) -> None:
    answer = capture.call("POST", PATH, data=broken, headers=GZIP)

    assert "gzip" in refusal(answer, 400, "invalid_request")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_any_other_encoding_of_a_body_is_refused(capture: Capture, encoding: str) -> None:
    answer = capture.call("POST", PATH, data=PACKED, headers={"Content-Encoding": encoding})

    assert "Content-Encoding" in refusal(answer, 400, "invalid_request")
