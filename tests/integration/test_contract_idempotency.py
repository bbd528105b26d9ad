"""`Idempotency-Key` on create: the same request twice makes one recording."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import requests

from tests.integration.api_keys import save_key
from tests.integration.platform import Capture, RunningPlatform, eventually, minimal
from tests.integration.refusals import refusal
from tests.integration.rrweb_events import incremental

PATH = "/api/v1/recordings"
WITH_VIDEO = {**minimal(), "has_video": True}


def create(client: Capture, key: str, body: dict[str, Any], **headers: str) -> requests.Response:
    return client.call("POST", PATH, json=body, headers={"Idempotency-Key": key, **headers})


def count(client: Capture) -> int:
    return len(client.call("GET", PATH).json()["recordings"])


def test_a_first_request_is_answered_as_one_without_a_key(capture: Capture) -> None:
    answer = create(capture, str(uuid4()), WITH_VIDEO)

    assert answer.status_code == 201
    assert list(answer.json()) == ["id", "status", "video_upload_url"]
    assert "Idempotency-Replayed" not in answer.headers


def test_a_replay_is_the_same_answer_and_says_that_it_is_one(fresh: Capture) -> None:
    key = str(uuid4())
    first = create(fresh, key, WITH_VIDEO)

    again = create(fresh, key, WITH_VIDEO)

    assert again.status_code == 201
    assert again.headers["Idempotency-Replayed"] == "true"
    assert list(again.json()) == list(first.json())
    assert (again.json()["id"], again.json()["status"]) == (first.json()["id"], "uploading")
    assert count(fresh) == 1


def test_the_upload_url_of_a_replay_is_a_fresh_one(capture: Capture, sample_video: bytes) -> None:
    key = str(uuid4())
    first = create(capture, key, WITH_VIDEO).json()

    def look() -> dict[str, Any] | None:
        again: dict[str, Any] = create(capture, key, WITH_VIDEO).json()
        return again if signed_at(again) != signed_at(first) else None

    again = eventually(look, within_s=5, what="an URL signed in another second")
    capture.upload(again, sample_video)
    assert capture.confirm(first["id"]).status_code == 200


def signed_at(created: dict[str, Any]) -> str:
    url: str = created["video_upload_url"]
    return parse_qs(urlsplit(url).query)["X-Goog-Date"][0]


def test_a_replay_starts_nothing_a_second_time(fresh: Capture) -> None:
    key, body = str(uuid4()), {**minimal(), "events": [incremental(0)]}
    id = create(fresh, key, body).json()["id"]
    before = fresh.wait_for(id, "ready")

    again = create(fresh, key, body)

    assert again.json() == {"id": id, "status": "ready"}
    assert fresh.recording(id) == before
    assert count(fresh) == 1


def test_the_same_body_may_come_compressed_the_second_time(capture: Capture) -> None:
    key, text = str(uuid4()), json.dumps(WITH_VIDEO).encode()
    first = capture.call("POST", PATH, data=text, headers={"Idempotency-Key": key})

    headers = {"Idempotency-Key": key, "Content-Encoding": "gzip"}
    again = capture.call("POST", PATH, data=gzip.compress(text), headers=headers)

    assert again.json()["id"] == first.json()["id"]


def test_a_key_with_another_body_is_a_conflict(fresh: Capture) -> None:
    key = str(uuid4())
    create(fresh, key, WITH_VIDEO)

    answer = create(fresh, key, {**WITH_VIDEO, "name": "another"})

    assert "another request body" in refusal(answer, 409, "idempotency_key_reused")
    assert count(fresh) == 1


def test_requests_of_one_moment_make_one_recording(fresh: Capture) -> None:
    key = str(uuid4())

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: create(fresh, key, WITH_VIDEO), range(8)))

    made = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len({answer.json()["id"] for answer in made}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in made) == 1
    for answer in refused:
        refusal(answer, 409, "idempotency_in_progress")
    assert count(fresh) == 1


@pytest.mark.parametrize("key", ["", "two words", "tab\tbed", "x" * 256, "schlüssel".encode()])
def test_a_key_that_is_not_visible_ascii_of_some_length_is_refused(capture: Capture, key: str) -> None:
    assert "Idempotency-Key" in refusal(create(capture, key, minimal()), 400, "invalid_request")


@pytest.mark.parametrize("key", ["0", "~!*'();:@&=+$,/?#[]", "x" * 255])
def test_any_other_key_is_taken(capture: Capture, key: str) -> None:
    id = create(capture, key, WITH_VIDEO).json()["id"]

    assert create(capture, key, WITH_VIDEO).json()["id"] == id


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param({"started_at": "yesterday", "events": []}, id="a field"),
        pytest.param({**minimal(), "events": [{"type": 3}]}, id="an event"),
        pytest.param({**minimal(), "navigations": [{"url": "x" * 8_000, "timestamp_ms": 0}] * 40}, id="a cap"),
    ],
)
def test_errors_are_not_remembered(capture: Capture, refused: dict[str, Any]) -> None:
    key = str(uuid4())
    for _ in range(2):
        refusal(create(capture, key, refused), 400, "invalid_request")

    assert create(capture, key, WITH_VIDEO).status_code == 201


def test_a_key_belongs_to_one_user_of_one_tenant(platform: RunningPlatform) -> None:
    ada, bob = (platform.client(save_key("keyed", user)) for user in ("ada", "bob"))
    elsewhere = platform.client(save_key("keyed-elsewhere", "ada"))
    key = str(uuid4())

    answers = [create(client, key, WITH_VIDEO) for client in (ada, bob, elsewhere)]

    assert len({answer.json()["id"] for answer in answers}) == 3
    assert not any("Idempotency-Replayed" in answer.headers for answer in answers)


def test_a_key_belongs_to_its_user_not_to_the_api_key(platform: RunningPlatform) -> None:
    laptop, phone = (platform.client(save_key("keyed", "eve")) for _ in range(2))
    key = str(uuid4())

    assert create(laptop, key, WITH_VIDEO).json()["id"] == create(phone, key, WITH_VIDEO).json()["id"]


def test_a_key_of_nobody_is_refused_as_nobody(capture: Capture) -> None:
    answer = create(Capture(capture.url, None), str(uuid4()), WITH_VIDEO)

    refusal(answer, 401, "unauthorized")


def test_a_replay_of_a_recording_that_was_deleted_makes_no_other(fresh: Capture) -> None:
    key = str(uuid4())
    fresh.delete(create(fresh, key, WITH_VIDEO).json()["id"])

    refusal(create(fresh, key, WITH_VIDEO), 404, "not_found")

    assert count(fresh) == 0
