"""Sessions that their clients track by hand: create, read, list, count."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.platform import Sessions
from tests.integration.sessions_refusals import problems, refusal
from tests.integration.sessions_stored import DURATION_S, PROCESSING_MS, complete_session

UTC_TIME = r'"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z)"'
STATS = ("totalSessions", "completedSessions", "totalDuration", "avgProcessingTime")

#: A body, and what it is told.
NOT_A_SESSION: list[tuple[dict[str, object], str]] = [
    ({}, "title is required"),
    ({"title": None}, "title should be a valid string"),
    ({"title": 7}, "title should be a valid string"),
    ({"title": ""}, "title should have at least 1 character"),
    ({"title": "x" * 501}, "title should have at most 500 characters"),
    ({"title": "x", "agentTarget": "claude"}, "agentTarget should be 'CLAUDE_CODE', 'CODEX', 'CURSOR' or 'RAW'"),
    ({"title": "x", "frameCount": -1}, "frameCount should be greater than or equal to 0"),
    ({"title": "x", "frameCount": "1"}, "frameCount should be a valid integer"),
    ({"title": "x", "frameCount": 1.5}, "frameCount should be a valid integer"),
    ({"title": "x", "frameCount": True}, "frameCount should be a valid integer"),
    ({"title": "x", "urlCount": -1}, "urlCount should be greater than or equal to 0"),
    ({"title": "x", "urlCount": 10**30}, "urlCount should be less than or equal to 2147483647"),
    ({"title": "x", "seedUrl": "https://shop.example/"}, "property seedUrl should not exist"),
    ({"title": "x", "status": "complete"}, "property status should not exist"),
    ({"title": "x", "agent_target": "RAW"}, "property agent_target should not exist"),
]


def test_a_new_session_has_every_key_in_the_contracts_order_and_its_defaults(sessions: Sessions) -> None:
    answer = sessions.call("POST", "/sessions", json={"title": "A broken coupon"})

    session = answer.json()
    assert answer.status_code == 201
    assert re.fullmatch(r"sess_[A-Z0-9]{8}", session["id"])
    assert answer.text == (
        f'{{"id":"{session["id"]}","userId":"{session["userId"]}","title":"A broken coupon","seedUrl":null,'
        '"status":"processing","duration":0,"frameCount":0,"urls":[],"urlCount":0,"agentTarget":"CLAUDE_CODE",'
        f'"processingTime":0,"prompt":"","createdAt":"{session["createdAt"]}","updatedAt":"{session["updatedAt"]}"}}'
    )


def test_what_is_sent_of_a_new_session_is_kept(sessions: Sessions) -> None:
    sent = {"title": "Ümläute ✓ " + "x" * 490, "agentTarget": "CURSOR", "frameCount": 3, "urlCount": 2**31 - 1}

    created = sessions.create(**sent)

    assert {name: created[name] for name in sent} == sent


def test_the_times_of_a_session_are_utc_and_now(sessions: Sessions) -> None:
    text = sessions.call("POST", "/sessions", json={"title": "x"}).text

    created_at, updated_at = re.findall(UTC_TIME, text)
    assert created_at == updated_at
    assert timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(created_at) < timedelta(seconds=30)


@pytest.mark.parametrize(("body", "said"), NOT_A_SESSION, ids=lambda case: str(case)[:40])
def test_a_body_that_is_no_session_is_refused_field_by_field(
    sessions: Sessions, body: dict[str, object], said: str
) -> None:
    answer = sessions.call("POST", "/sessions", json=body)

    assert problems(answer) == [said]


def test_everything_that_is_wrong_with_a_body_is_said_at_once(sessions: Sessions) -> None:
    answer = sessions.call("POST", "/sessions", json={"title": "", "frameCount": -1, "agentTarget": 7})

    assert [one.partition(" ")[0] for one in problems(answer)] == ["title", "agentTarget", "frameCount"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"title": "\xff"}'])
def test_a_body_that_is_no_object_is_refused_in_a_sentence(sessions: Sessions, body: bytes) -> None:
    assert "body" in refusal(sessions.call("POST", "/sessions", data=body), 400)


def test_a_refused_session_does_not_come_to_be(sessions: Sessions) -> None:
    sessions.call("POST", "/sessions", json={"title": "x", "frameCount": -1})

    assert sessions.listed() == []


def test_a_session_alone_is_the_created_one_and_its_frames(sessions: Sessions) -> None:
    created = sessions.call("POST", "/sessions", json={"title": "x"})

    answer = sessions.call("GET", f"/sessions/{created.json()['id']}")

    assert (answer.status_code, answer.text) == (200, created.text[:-1] + ',"frames":[]}')


def test_a_list_is_a_bare_array_of_sessions_without_frames(sessions: Sessions) -> None:
    assert sessions.call("GET", "/sessions").text == "[]"
    created = sessions.call("POST", "/sessions", json={"title": "x"})

    answer = sessions.call("GET", "/sessions")

    assert (answer.status_code, answer.text) == (200, f"[{created.text}]")


def test_the_session_that_changed_last_is_listed_first(sessions: Sessions) -> None:
    first, second, third = (sessions.create(title=title)["id"] for title in ("first", "second", "third"))
    assert [one["id"] for one in sessions.listed()] == [third, second, first]

    sessions.patch(first, title="first again")

    assert [one["id"] for one in sessions.listed()] == [first, third, second]


def test_a_session_is_its_users_alone(sessions: Sessions, colleague: Sessions) -> None:
    mine, theirs = sessions.create(title="mine"), colleague.create(title="theirs")

    assert mine["userId"] != theirs["userId"]
    assert [one["id"] for one in sessions.listed()] == [mine["id"]]
    assert refusal(colleague.call("GET", f"/sessions/{mine['id']}"), 404) == "session not found"


def test_a_session_that_is_tracked_by_hand_has_no_processing_status(sessions: Sessions) -> None:
    id = sessions.create()["id"]

    answer = sessions.call("GET", f"/sessions/{id}/status")

    assert answer.text == json.dumps(
        {
            "sessionId": id,
            "sessionStatus": "processing",
            "processingStatus": None,
            "processingTime": 0,
            "lastError": None,
        },
        separators=(",", ":"),
    )


def test_somebody_without_sessions_has_numbers_that_are_nought(sessions: Sessions) -> None:
    answer = sessions.call("GET", "/sessions/stats")

    assert (answer.status_code, answer.text) == (200, json.dumps(dict.fromkeys(STATS, 0), separators=(",", ":")))


def test_the_numbers_count_seconds_of_all_and_the_mean_time_of_the_completed(
    sessions: Sessions, colleague: Sessions
) -> None:
    for _ in range(2):
        complete_session(sessions.create()["id"])
    by_hand = sessions.create()["id"]
    sessions.patch(by_hand, duration=100)
    complete_session(colleague.create()["id"])

    stats = sessions.call("GET", "/sessions/stats").json()

    assert list(stats) == list(STATS)
    assert list(stats.values()) == [3, 2, 2 * DURATION_S + 100, PROCESSING_MS]
