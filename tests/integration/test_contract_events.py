"""The events of a recording as a player reads them: two encodings of one JSON array."""

from __future__ import annotations

import gzip
import json
import subprocess
from typing import Any

import pytest
import requests

from shared import ports
from shared.capture.reading import details_of
from shared.wiring import wired
from tests.integration.platform import Capture
from tests.integration.rrweb_events import as_json, incremental, long_recording

PATH = "/api/v1/recordings"
ENCODINGS = pytest.mark.parametrize("encoding", ["gzip", "identity"])


def events_of(capture: Capture, id: str, encoding: str = "gzip", **headers: str) -> requests.Response:
    return capture.call("GET", f"{PATH}/{id}/events", headers={"Accept-Encoding": encoding, **headers})


def raw_body(capture: Capture, id: str, encoding: str) -> bytes:
    """The body as it came over the wire, not inflated by the client."""
    answer = capture.call("GET", f"{PATH}/{id}/events", headers={"Accept-Encoding": encoding}, stream=True)
    body: bytes = answer.raw.read(decode_content=False)
    return body


@pytest.fixture(scope="module")
def sample_id(capture: Capture, sample_events: list[dict[str, Any]]) -> str:
    """The id of a recording that waits for its video and has the sample's events."""
    id: str = capture.create({"events": sample_events, "has_video": True})["id"]
    return id


@ENCODINGS
def test_events_are_a_bare_array_of_what_was_recorded(
    capture: Capture, sample_id: str, sample_events: list[dict[str, Any]], encoding: str
) -> None:
    answer = events_of(capture, sample_id, encoding)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == sample_events


def test_events_can_be_read_while_the_video_is_still_uploading(capture: Capture, sample_id: str) -> None:
    assert capture.recording(sample_id)["status"] == "uploading"

    assert events_of(capture, sample_id).status_code == 200


def test_both_encodings_hold_the_same_bytes(capture: Capture, sample_id: str) -> None:
    packed, plain = raw_body(capture, sample_id, "gzip"), raw_body(capture, sample_id, "identity")

    assert len(packed) < len(plain)
    assert gzip.decompress(packed) == plain


def test_the_compressed_bytes_are_the_stored_ones(capture: Capture, sample_id: str) -> None:
    details = details_of(wired(ports.Recordings).find(sample_id))

    assert raw_body(capture, sample_id, "gzip") == b"".join(wired(ports.Media).stream(details.events))


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [
        ("gzip", "gzip"),
        ("br, gzip;q=0.5", "gzip"),
        ("*", "gzip"),
        ("identity", None),
        ("", None),
        ("gzip;q=0", None),
        ("br", None),
    ],
)
def test_gzip_is_for_those_who_accept_it(capture: Capture, sample_id: str, accepted: str, sent: str | None) -> None:
    answer = events_of(capture, sample_id, accepted)

    assert answer.headers.get("Content-Encoding") == sent
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_client_that_says_nothing_of_encodings_gets_plain_json(
    capture: Capture, sample_id: str, sample_events: list[dict[str, Any]]
) -> None:
    command = ["curl", "--silent", "--fail", "--header", f"Authorization: Bearer {capture.key}"]

    body = subprocess.run(
        [*command, f"{capture.url}/capture{PATH}/{sample_id}/events"], capture_output=True, check=True
    )

    assert json.loads(body.stdout) == sample_events


def test_curl_inflates_every_block_of_a_long_recording(capture: Capture) -> None:
    """Of several gzip members curl and Chromium silently return the first; there must be one only."""
    events = long_recording(count=2_500)
    text = as_json(events)
    body = f'{{"started_at":"2026-05-04T10:00:00Z","has_video":true,"events":{text}}}'
    id = capture.call("POST", PATH, data=body.encode()).json()["id"]
    command = ["curl", "--silent", "--fail", "--compressed", "--header", f"Authorization: Bearer {capture.key}"]

    served = subprocess.run([*command, f"{capture.url}/capture{PATH}/{id}/events"], capture_output=True, check=True)

    assert len(text) > 2_000_000, "several blocks"
    assert served.stdout.decode() == text


@ENCODINGS
def test_a_client_that_has_the_events_gets_none(capture: Capture, sample_id: str, encoding: str) -> None:
    first = events_of(capture, sample_id, encoding)

    again = events_of(capture, sample_id, encoding, **{"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "Accept-Encoding" in again.headers["Vary"]
    assert "Content-Type" not in again.headers


@pytest.mark.parametrize("tags", ["*", "W/{etag}", '"other", {etag}'])
def test_an_etag_is_compared_weakly_and_among_others(capture: Capture, sample_id: str, tags: str) -> None:
    """A proxy on the way may have made the tag a weak one (RFC 9110, 13.1.2)."""
    etag = events_of(capture, sample_id).headers["ETag"]

    answer = events_of(capture, sample_id, **{"If-None-Match": tags.format(etag=etag)})

    assert answer.status_code == 304


def test_an_etag_is_of_one_encoding_of_one_recording(capture: Capture, sample_id: str) -> None:
    other = capture.create({"events": [incremental(0)], "has_video": True})["id"]
    tags = [events_of(capture, id, how).headers["ETag"] for id in (sample_id, other) for how in ("gzip", "identity")]

    assert len(set(tags)) == 4
    assert events_of(capture, sample_id, "gzip", **{"If-None-Match": tags[1]}).status_code == 200


@ENCODINGS
def test_head_says_what_get_would_send(capture: Capture, sample_id: str, encoding: str) -> None:
    asked = capture.call("HEAD", f"{PATH}/{sample_id}/events", headers={"Accept-Encoding": encoding}, stream=True)

    answer = events_of(capture, sample_id, encoding)
    assert (asked.status_code, asked.content) == (200, b"")
    for header in ("Content-Type", "Content-Encoding", "ETag", "Vary", "Content-Length"):
        assert asked.headers.get(header) == answer.headers.get(header), header


def test_the_length_of_the_stored_bytes_is_told(capture: Capture, sample_id: str) -> None:
    answer = events_of(capture, sample_id, "gzip")

    assert int(answer.headers["Content-Length"]) == len(raw_body(capture, sample_id, "gzip"))


@ENCODINGS
def test_a_recording_without_events_has_an_empty_array(capture: Capture, encoding: str) -> None:
    id = capture.create({"has_video": True})["id"]

    assert events_of(capture, id, encoding).text == "[]"
