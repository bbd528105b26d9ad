"""Events larger than the platform streams: a redirect to the very same bytes."""

from __future__ import annotations

import gzip
import zlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.integration.platform import Capture, RunningPlatform
from tests.integration.refusals import refusal
from tests.integration.rrweb_events import (
    FULL_SNAPSHOT,
    as_json,
    incompressible_recording,
    incremental,
    window_of,
)

PATH = "/api/v1/recordings"
CAP_BYTES = 10_000_000

NOISE = incompressible_recording(size_bytes=CAP_BYTES + 100_000)
#: Inflated this is above the cap, as it is stored it is far below.
ZEROS = [incremental(number * 100, "0" * 500_000, FULL_SNAPSHOT) for number in range(22)]
#: The only full snapshot comes late: whoever asks for what is before it gets everything from the start.
LATE_SNAPSHOT = [
    *(incremental(number * 100, "0" * 500_000) for number in range(22)),
    incremental(2_200, "0" * 100_000),
    incremental(2_300, "snapshot", FULL_SNAPSHOT),
]


def create(platform: RunningPlatform, events: list[dict[str, Any]]) -> str:
    body = f'{{"started_at":"2026-05-04T10:00:00Z","has_video":true,"events":{as_json(events)}}}'
    headers = {"Content-Encoding": "gzip"}
    answer = platform.client().call("POST", PATH, data=gzip.compress(body.encode(), 1), headers=headers)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


@pytest.fixture(scope="module")
def noise_id(platform: RunningPlatform) -> str:
    return create(platform, NOISE)


@pytest.fixture(scope="module")
def zeros_id(platform: RunningPlatform) -> str:
    return create(platform, ZEROS)


def events_of(capture: Capture, id: str, query: str = "", **headers: str) -> requests.Response:
    return capture.call("GET", f"{PATH}/{id}/events{query}", headers=headers)


def without_credentials(url: str, encoding: str) -> requests.Response:
    return requests.get(url, headers={"Accept-Encoding": encoding}, timeout=30)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_above_the_cap_the_answer_is_a_short_lived_redirect(
    capture: Capture, noise_id: str, method: str, encoding: str
) -> None:
    answer = capture.call(method, f"{PATH}/{noise_id}/events", headers={"Accept-Encoding": encoding})

    assert (answer.status_code, answer.content) == (307, b"")
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["X-Goog-Expires"] == ["300"]
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_the_redirect_leads_to_the_same_events_without_credentials(
    capture: Capture, noise_id: str, encoding: str
) -> None:
    url = events_of(capture, noise_id, **{"Accept-Encoding": encoding}).headers["Location"]

    served = without_credentials(url, encoding)

    assert served.status_code == 200
    assert served.headers["Content-Type"] == "application/json"
    assert served.text == as_json(NOISE)


def test_what_the_redirect_serves_is_one_whole_gzip_member(capture: Capture, noise_id: str) -> None:
    url = events_of(capture, noise_id, **{"Accept-Encoding": "gzip"}).headers["Location"]

    stream = requests.get(url, headers={"Accept-Encoding": "gzip"}, timeout=30, stream=True)
    stored = stream.raw.read(decode_content=False)

    inflater = zlib.decompressobj(wbits=31)
    assert len(stored) > CAP_BYTES
    assert inflater.decompress(stored).decode() == as_json(NOISE)
    assert (inflater.eof, inflater.unused_data) == (True, b"")


def test_a_client_that_has_the_events_is_not_sent_anywhere(capture: Capture, zeros_id: str) -> None:
    etag = events_of(capture, zeros_id, **{"Accept-Encoding": "gzip"}).headers["ETag"].replace("-gzip", "")

    answer = events_of(capture, zeros_id, **{"Accept-Encoding": "identity", "If-None-Match": etag})

    assert answer.status_code == 304


def test_the_cap_is_on_what_is_sent_not_on_what_it_inflates_to(capture: Capture, zeros_id: str) -> None:
    packed = events_of(capture, zeros_id, **{"Accept-Encoding": "gzip"})
    plain = events_of(capture, zeros_id, **{"Accept-Encoding": "identity"})

    assert packed.status_code == 200
    assert packed.text == as_json(ZEROS)
    assert plain.status_code == 307
    assert without_credentials(plain.headers["Location"], "identity").text == as_json(ZEROS)


def test_a_window_above_the_cap_is_refused_and_a_shorter_one_is_served(capture: Capture, noise_id: str) -> None:
    message = refusal(events_of(capture, noise_id, "?from_ms=0"), 400, "invalid_request")
    assert "shorter" in message

    shorter = events_of(capture, noise_id, "?from_ms=2000&to_ms=3000")

    assert shorter.status_code == 200
    assert shorter.text == as_json(window_of(NOISE, 2_000, 3_000))


def test_a_window_that_must_begin_far_before_its_start_does_not_slip_past_the_cap(
    platform: RunningPlatform, capture: Capture
) -> None:
    id = create(platform, LATE_SNAPSHOT)

    answer = events_of(capture, id, "?from_ms=2250&to_ms=2250", **{"Accept-Encoding": "identity"})

    assert answer.status_code == 400, f"{len(answer.content):,} bytes were streamed"
