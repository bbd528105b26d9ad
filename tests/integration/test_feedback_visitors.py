"""A deployment where feedback may be left without credentials, and that gives no URLs to storage."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
import requests

from shared.recordings.rates import MOST_IN_WINDOW
from tests.integration.feedback_client import METADATA, Feedback, refusal
from tests.integration.platform import TEST_SETTINGS, RunningPlatform, running_platform
from tests.integration.sessions_videos import small_film

OPEN = {
    "PLAYHEAD_ANONYMOUS_CREATE": "true",
    "PLAYHEAD_TRUSTED_HOPS": "1",
    "PLAYHEAD_PRESIGNED_UPLOADS": "false",
    "PLAYHEAD_MAX_REQUEST_BYTES": "null",
}
MIB = 1024 * 1024
_addresses = (f"198.51.100.{number}" for number in count(1))


@pytest.fixture(scope="module")
def open_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    with running_platform(tmp_path_factory.mktemp("open"), {**TEST_SETTINGS, **OPEN}) as running:
        yield running


@pytest.fixture(scope="module")
def user(open_platform: RunningPlatform) -> Feedback:
    return Feedback(open_platform.url, open_platform.environment["PLAYHEAD_API_KEY"])


@pytest.fixture
def nobody(open_platform: RunningPlatform) -> Feedback:
    """Somebody without credentials, from an address of their own."""
    return Feedback(open_platform.url, None, {"X-Forwarded-For": next(_addresses)})


def create(by: Feedback, **more: Any) -> requests.Response:
    return by.call("POST", "/recordings", **{"json": {"metadata": METADATA}, **more})


def test_a_visitor_leaves_feedback_uploads_its_video_and_takes_it_back(nobody: Feedback) -> None:
    created = nobody.create()
    id, token = created["recordingId"], {"X-Upload-Token": created["uploadToken"]}
    holder = Feedback(nobody.url, None, token)

    answers = [holder.read(id), holder.put_video(id, small_film()), holder.read(id, "video")]
    answers += [holder.call("DELETE", f"/recordings/{id}")]

    assert list(created) == ["success", "recordingId", "videoUploadStatus", "status", "uploadToken"]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 204]
    refusal(holder.read(id), 404, "RECORDING_NOT_FOUND")


def test_what_a_visitor_left_becomes_a_users(nobody: Feedback, user: Feedback) -> None:
    created = nobody.create()
    id = created["recordingId"]
    refusal(user.read(id), 404, "RECORDING_NOT_FOUND")

    claimed = user.call("POST", f"/recordings/{id}/claim")

    assert (claimed.status_code, claimed.json()["userId"]) == (200, "admin")
    assert user.read(id).status_code == 200
    dead = nobody.read(id, headers={"X-Upload-Token": created["uploadToken"]})
    refusal(dead, 404, "RECORDING_NOT_FOUND")


def test_a_caller_is_given_no_token_where_it_would_be_of_no_use(user: Feedback) -> None:
    assert list(user.create()) == ["success", "recordingId", "videoUploadStatus", "status"]


def test_bad_credentials_make_nobody_a_visitor(nobody: Feedback) -> None:
    refusal(create(nobody, headers={"X-API-Key": "nonsense"}), 401, "INVALID_API_KEY")


def test_a_visitor_may_do_nothing_else(nobody: Feedback) -> None:
    refusal(nobody.call("GET", "/recordings"), 401, "INVALID_API_KEY")
    refusal(nobody.read(nobody.create()["recordingId"]), 401, "INVALID_API_KEY")


def test_an_idempotency_key_needs_credentials(nobody: Feedback) -> None:
    message = refusal(create(nobody, headers={"Idempotency-Key": "one"}), 400, "VALIDATION_ERROR")

    assert "Idempotency-Key" in message


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
def test_a_visitor_may_say_a_mebibyte(nobody: Feedback, is_packed: bool) -> None:
    around = len(json.dumps({"metadata": METADATA, "elements": [""]}))

    def say(size_bytes: int) -> requests.Response:
        body = json.dumps({"metadata": METADATA, "elements": ["x" * (size_bytes - around)]}).encode()
        packed = {"data": gzip.compress(body), "headers": {"Content-Encoding": "gzip"}} if is_packed else {"data": body}
        return nobody.call("POST", "/recordings", **packed)

    assert say(MIB).status_code == 201
    refusal(say(MIB + 1), 413, "PAYLOAD_TOO_LARGE")


def test_a_visitors_video_has_a_cap_of_its_own(nobody: Feedback) -> None:
    created = nobody.create()
    holder = Feedback(nobody.url, None, {"X-Upload-Token": created["uploadToken"]})

    answer = holder.begin_put(created["recordingId"], announced=100 * MIB + 1, sent=b"")

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"104,857,600" in answer


def test_an_address_makes_so_many_an_hour_and_no_more_however_many_at_once(nobody: Feedback) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: create(nobody), range(MOST_IN_WINDOW + 5)))

    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(refused) == 5
    for answer in refused:
        refusal(answer, 429, "RATE_LIMITED")
        assert 0 < int(answer.headers["Retry-After"]) <= 3600


def test_an_address_that_a_client_invents_is_not_its_address(nobody: Feedback) -> None:
    own = nobody.headers["X-Forwarded-For"]
    for number in range(MOST_IN_WINDOW):
        assert create(nobody, headers={"X-Forwarded-For": f"203.0.113.{number}, {own}"}).status_code == 201

    refused = create(nobody, headers={"X-Forwarded-For": f"203.0.113.99, {own}"})

    refusal(refused, 429, "RATE_LIMITED")


def test_a_caller_is_not_counted(open_platform: RunningPlatform, user: Feedback) -> None:
    assert {create(user).status_code for _ in range(MOST_IN_WINDOW + 1)} == {201}
