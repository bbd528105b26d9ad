"""Changing and deleting sessions."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.integration.platform import Sessions
from tests.integration.remains import purge, remains_of
from tests.integration.sessions_refusals import problems, refusal
from tests.integration.sessions_stored import complete_session
from tests.integration.sessions_videos import small_film
from tests.integration.stored import paused, run_of
from tests.unit.pictures import CHECKOUT

CHANGES: dict[str, Any] = {
    "title": "Another title",
    "status": "error",
    "duration": 12,
    "urls": ["https://shop.example/", "https://shop.example/cart?x=1#top"],
    "prompt": "Mend the coupon.\n",
    "agentTarget": "CODEX",
    "frameCount": 0,
    "urlCount": 7,
}
NOT_A_CHANGE: list[tuple[dict[str, Any], str]] = [
    ({"title": ""}, "title should have at least 1 character"),
    ({"title": 7}, "title should be a valid string"),
    ({"status": "done"}, "status should be 'processing', 'complete' or 'error'"),
    ({"duration": -1}, "duration should be greater than or equal to 0"),
    ({"duration": "9"}, "duration should be a valid integer"),
    ({"urls": "https://shop.example/"}, "urls should be a valid list"),
    ({"urls": ["https://shop.example/", 7]}, "urls.1 should be a valid string"),
    ({"prompt": 7}, "prompt should be a valid string"),
    ({"prompt": "x" * (128 * 1024 + 1)}, "prompt should have at most 131072 characters"),
    ({"agentTarget": "GPT"}, "agentTarget should be 'CLAUDE_CODE', 'CODEX', 'CURSOR' or 'RAW'"),
    ({"frameCount": -1}, "frameCount should be greater than or equal to 0"),
    ({"urlCount": 0.5}, "urlCount should be a valid integer"),
    ({"seedUrl": "https://shop.example/"}, "property seedUrl should not exist"),
    ({"processingTime": 1}, "property processingTime should not exist"),
    ({"id": "sess_AAAAAAAA"}, "property id should not exist"),
]


@pytest.mark.parametrize("name", CHANGES)
def test_only_what_is_sent_changes(sessions: Sessions, name: str) -> None:
    id = sessions.create(title="x", frameCount=3)["id"]
    before = sessions.session(id)

    answer = sessions.patch(id, **{name: CHANGES[name]})

    after = sessions.session(id)
    assert answer.status_code == 200
    assert answer.json() == {key: value for key, value in after.items() if key != "frames"}
    assert before[name] != after[name] == CHANGES[name]
    assert after["updatedAt"] > before["updatedAt"]
    assert after == {**before, name: CHANGES[name], "updatedAt": after["updatedAt"]}


@pytest.mark.parametrize("body", [{}, dict.fromkeys(CHANGES)], ids=["nothing", "null"])
def test_what_is_not_sent_and_what_is_null_stays(sessions: Sessions, body: dict[str, None]) -> None:
    id = sessions.create(title="x", frameCount=3, agentTarget="RAW")["id"]
    before = sessions.session(id)

    answer = sessions.patch(id, **body)

    assert answer.status_code == 200
    assert sessions.session(id) == {**before, "updatedAt": answer.json()["updatedAt"]}


def test_a_session_that_is_tracked_by_hand_may_have_any_status(sessions: Sessions) -> None:
    id = sessions.create()["id"]

    for status in ("complete", "error", "processing", "error", "complete", "processing"):
        assert sessions.patch(id, status=status).json()["status"] == status
        assert sessions.status(id)["sessionStatus"] == status


def test_another_target_does_not_rewrite_the_prompt(sessions: Sessions) -> None:
    id = sessions.create()["id"]
    complete_session(id)
    before = sessions.session(id)

    after = sessions.patch(id, agentTarget="RAW").json()

    assert after["agentTarget"] == "RAW" != before["agentTarget"]
    assert after["prompt"] == before["prompt"] != ""


@pytest.mark.parametrize(("body", "said"), NOT_A_CHANGE, ids=lambda case: str(case)[:40])
def test_a_change_that_is_none_is_refused_and_changes_nothing(
    sessions: Sessions, body: dict[str, Any], said: str
) -> None:
    id = sessions.create()["id"]
    before = sessions.session(id)

    answer = sessions.call("PATCH", f"/sessions/{id}", json={"urlCount": 5, **body})

    assert problems(answer) == [said]
    assert sessions.session(id) == before


def test_while_a_video_is_processed_its_status_cannot_be_set_and_everything_else_can(sessions: Sessions) -> None:
    with paused("light"):
        fields = {"title": "x", "seedUrl": CHECKOUT}
        id = sessions.upload(small_film(), fields, Prefer="respond-async").json()["sessionId"]

        refused = [sessions.patch(id, status=status, title="new") for status in ("complete", "error", "processing")]
        taken = sessions.patch(id, title="newer")

        assert {refusal(answer, 409) for answer in refused} == {"The session is being processed."}
        assert (taken.status_code, taken.json()["title"], taken.json()["status"]) == (200, "newer", "processing")
        sessions.delete(id)


def test_a_deleted_session_is_gone_for_everybody_everywhere(sessions: Sessions) -> None:
    kept, id = sessions.create()["id"], sessions.create()["id"]
    frame_id = complete_session(id)[0]

    answer = sessions.delete(id)

    assert (answer.status_code, answer.content) == (204, b"")
    gone = [
        sessions.call("GET", f"/sessions/{id}"),
        sessions.call("GET", f"/sessions/{id}/status"),
        sessions.patch(id, title="x"),
        sessions.call("POST", f"/sessions/{id}/generate-prompt", json={}),
        sessions.call("DELETE", f"/sessions/{id}/frames/{frame_id}"),
        sessions.delete(id),
    ]
    assert {refusal(one, 404) for one in gone} == {"session not found"}
    assert [one["id"] for one in sessions.listed()] == [kept]
    assert sessions.call("GET", "/sessions/stats").json()["totalSessions"] == 1


def test_a_deleted_session_takes_frames_pictures_and_prompt_with_it(sessions: Sessions) -> None:
    id = sessions.create(title="a secret title")["id"]
    complete_session(id)
    assert {"recordings", "texts"} <= remains_of(id).collections
    assert remains_of(id).objects

    sessions.delete(id)

    assert remains_of(id).objects == ()
    purge()
    left = remains_of(id)
    assert (left.objects, left.collections) == ((), {"tombstones"})
    assert "secret" not in str(left.documents)


def test_a_session_that_is_deleted_while_it_is_processed_leaves_nothing(sessions: Sessions) -> None:
    with paused("light"), paused("browser"):
        fields = {"title": "x", "seedUrl": CHECKOUT}
        id = sessions.upload(small_film(), fields, Prefer="respond-async").json()["sessionId"]
        run_id = run_of(id).id

        assert sessions.delete(id).status_code == 204

    purge()
    left = remains_of(id, run_id)
    assert (left.objects, left.collections) == ((), {"tombstones"})


def test_a_second_delete_finds_nothing(sessions: Sessions) -> None:
    ids = [sessions.create()["id"] for _ in range(3)]

    answers = [sessions.delete(id).status_code for id in itertools.chain(ids, ids)]

    assert answers == [204] * 3 + [404] * 3


@pytest.mark.parametrize(
    "id", ["sess_AAAAAAAA", "sess_aaaaaaaa", "sess_AAAAAAA", "7d7013a2-43a7-4154-b4d9-3ff5e664498e", "stats%20"]
)
def test_an_id_of_nothing_is_not_found(sessions: Sessions, id: str) -> None:
    assert refusal(sessions.call("GET", f"/sessions/{id}"), 404) == "session not found"
