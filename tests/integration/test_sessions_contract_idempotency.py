"""`Idempotency-Key` where sessions, and leave to upload, are made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.integration.platform import Sessions
from tests.integration.sessions_refusals import problems, refusal
from tests.integration.sessions_videos import small_film

#: Where something is made, a good body, another good one, and a bad one.
CREATES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("/sessions", {"title": "x"}, {"title": "another"}, {"title": ""}),
    ("/recordings/uploads", {}, {"contentType": "video/mp4"}, {"contentType": "video/avi"}),
]
#: What is signed anew each time.
SIGNED = {"uploadUrl"}

every_create = pytest.mark.parametrize(("path", "body", "other", "bad"), CREATES, ids=[path for path, *_ in CREATES])


def send(sessions: Sessions, path: str, body: dict[str, Any], key: str) -> requests.Response:
    return sessions.call("POST", path, json=body, headers={"Idempotency-Key": key})


def made(answer: requests.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    return {name: value for name, value in answer.json().items() if name not in SIGNED}


@every_create
def test_a_replay_is_the_same_answer_and_says_that_it_is_one(
    sessions: Sessions, path: str, body: dict[str, Any], other: dict[str, Any], bad: dict[str, Any]
) -> None:
    key = str(uuid4())

    first, again = (send(sessions, path, body, key) for _ in range(2))

    assert made(again) == made(first)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


@every_create
def test_a_key_with_another_body_is_a_conflict(
    sessions: Sessions, path: str, body: dict[str, Any], other: dict[str, Any], bad: dict[str, Any]
) -> None:
    key = str(uuid4())
    send(sessions, path, body, key)

    assert "another request body" in refusal(send(sessions, path, other, key), 409)


@every_create
def test_errors_are_not_remembered(
    sessions: Sessions, path: str, body: dict[str, Any], other: dict[str, Any], bad: dict[str, Any]
) -> None:
    key = str(uuid4())
    problems(send(sessions, path, bad, key))

    assert send(sessions, path, body, key).status_code == 201


@every_create
def test_a_key_is_its_users_alone(
    sessions: Sessions,
    colleague: Sessions,
    path: str,
    body: dict[str, Any],
    other: dict[str, Any],
    bad: dict[str, Any],
) -> None:
    key = str(uuid4())

    mine, theirs = send(sessions, path, body, key), send(colleague, path, body, key)

    assert made(mine) != made(theirs)
    assert "Idempotency-Replayed" not in theirs.headers


@pytest.mark.parametrize("path", [path for path, *_ in CREATES])
@pytest.mark.parametrize("key", ["", "two words", "x" * 256])
def test_a_key_that_is_not_visible_ascii_of_some_length_is_refused(sessions: Sessions, path: str, key: str) -> None:
    assert "Idempotency-Key" in refusal(send(sessions, path, {"title": "x"} if path == "/sessions" else {}, key), 400)


def test_requests_of_one_moment_make_one_session(sessions: Sessions) -> None:
    key = str(uuid4())

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: send(sessions, "/sessions", {"title": "x"}, key), range(6)))

    ids = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert [one["id"] for one in sessions.listed()] == list(ids)
    assert {answer.status_code for answer in answers} <= {201, 409}


def test_a_replay_shows_the_session_as_it_is_now(sessions: Sessions) -> None:
    key = str(uuid4())
    id = send(sessions, "/sessions", {"title": "x"}, key).json()["id"]
    sessions.patch(id, status="complete", prompt="Do it.")

    again = made(send(sessions, "/sessions", {"title": "x"}, key))

    assert (again["id"], again["status"], again["prompt"]) == (id, "complete", "Do it.")


def test_a_replay_of_a_session_that_was_deleted_makes_no_other(sessions: Sessions) -> None:
    key = str(uuid4())
    sessions.delete(send(sessions, "/sessions", {"title": "x"}, key).json()["id"])

    assert refusal(send(sessions, "/sessions", {"title": "x"}, key), 404) == "session not found"

    assert sessions.listed() == []


def test_a_recording_that_is_sent_again_is_processed_once(sessions: Sessions) -> None:
    key = str(uuid4())

    first, again = (upload(sessions, key) for _ in range(2))
    other_title, other_file = upload(sessions, key, title="Another"), upload(sessions, key, small_film() + b"\xec\x80")

    assert (first.status_code, again.status_code) == (202, 202), first.text
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    for other in (other_title, other_file):
        assert "another request body" in refusal(other, 409)
    assert [one["id"] for one in sessions.listed()] == [first.json()["sessionId"]]
    sessions.wait_for(first.json()["sessionId"])


def upload(sessions: Sessions, key: str, video: bytes | None = None, *, title: str = "x") -> requests.Response:
    fields = {"title": title, "seedUrl": "https://example.com/"}
    return sessions.upload(video or small_film(), fields, **{"Idempotency-Key": key, "Prefer": "respond-async"})
