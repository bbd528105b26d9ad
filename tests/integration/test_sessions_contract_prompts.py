"""Writing the prompt of a session anew: for another agent, of some of the frames, within a length."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.integration.platform import Sessions
from tests.integration.sessions_refusals import problems, refusal
from tests.integration.sessions_stored import complete_session
from tests.unit.pictures import FLOW

TARGETS = ("CLAUDE_CODE", "CODEX", "CURSOR", "RAW")
MOST_BYTES = 128 * 1024
NO_REQUEST: list[tuple[dict[str, Any], str]] = [
    ({"agentTarget": "GPT"}, "agentTarget should be 'CLAUDE_CODE', 'CODEX', 'CURSOR' or 'RAW'"),
    ({"frameIds": []}, "frameIds should have at least 1 item after validation, not 0"),
    ({"frameIds": "frm_AAAAAAAA"}, "frameIds should be a valid list"),
    ({"frameIds": ["7"]}, "frameIds.0 has not the form that it must have"),
    ({"frameIds": ["frm_AAAAAAAA"] * 21}, "frameIds should have at most 20 items after validation, not 21"),
    ({"maxTokens": 199}, "maxTokens should be greater than or equal to 200"),
    ({"maxTokens": "1000"}, "maxTokens should be a valid integer"),
    ({"model": "x"}, "property model should not exist"),
]


@pytest.fixture
def id(sessions: Sessions) -> str:
    """A session with the frames of a small flow."""
    id: str = sessions.create(title="A coupon that is ignored")["id"]
    complete_session(id, FLOW)
    return id


def ask(sessions: Sessions, id: str, **request: Any) -> Any:
    return sessions.call("POST", f"/sessions/{id}/generate-prompt", json=request)


def prompt_for(sessions: Sessions, id: str, **request: Any) -> str:
    answer = ask(sessions, id, **request)
    assert answer.status_code == 200, answer.text
    prompt: str = answer.json()["prompt"]
    return prompt


def frames_named_in(prompt: str) -> set[str]:
    return set(re.findall(r"frm_[A-Z0-9]{8}", prompt))


def test_the_answer_is_the_prompt_and_it_is_the_sessions_from_then_on(sessions: Sessions, id: str) -> None:
    before = sessions.session(id)

    answer = ask(sessions, id)

    after, prompt = sessions.session(id), answer.json()["prompt"]
    expected = {"sessionId": id, "promptStatus": "complete", "prompt": prompt}
    assert answer.text == json.dumps(expected, separators=(",", ":"), ensure_ascii=False)
    assert before["prompt"] != prompt
    assert after == {**before, "prompt": prompt, "updatedAt": after["updatedAt"]}
    assert after["updatedAt"] > before["updatedAt"]


def test_every_agent_is_told_in_another_way(sessions: Sessions, id: str) -> None:
    prompts = {target: prompt_for(sessions, id, agentTarget=target) for target in TARGETS}

    assert len(set(prompts.values())) == len(TARGETS)
    for prompt in prompts.values():
        assert "A coupon that is ignored" in prompt
        assert len(prompt.encode()) <= MOST_BYTES
        assert frames_named_in(prompt) == {frame["id"] for frame in sessions.session(id)["frames"]}


def test_a_prompt_is_for_the_sessions_agent_unless_it_names_another(sessions: Sessions, id: str) -> None:
    for_cursor = prompt_for(sessions, id, agentTarget="CURSOR")
    assert sessions.session(id)["agentTarget"] == "CLAUDE_CODE"

    sessions.patch(id, agentTarget="CURSOR")

    assert prompt_for(sessions, id) == for_cursor


def test_a_prompt_may_be_of_some_of_the_frames(sessions: Sessions, id: str) -> None:
    chosen = [frame["id"] for frame in sessions.session(id)["frames"]][1:3]

    prompt = prompt_for(sessions, id, frameIds=chosen)

    assert frames_named_in(prompt) == set(chosen)
    assert prompt_for(sessions, id, frameIds=[*reversed(chosen), chosen[0]]) == prompt
    assert sessions.session(id)["frameCount"] == len(FLOW)


def test_a_prompt_of_a_frame_of_another_session_is_refused(sessions: Sessions, id: str) -> None:
    mine, foreign = sessions.session(id)["frames"][0]["id"], complete_session(sessions.create()["id"])[0]
    before = sessions.session(id)

    for unknown in (foreign, "frm_AAAAAAAA"):
        answer = ask(sessions, id, frameIds=[mine, unknown])

        assert problems(answer) == [f"frameIds must be of this session, and {unknown} is not"]
    assert sessions.session(id) == before


def test_a_prompt_is_no_longer_than_is_asked_for_and_says_what_is_missing(sessions: Sessions, id: str) -> None:
    whole = prompt_for(sessions, id)

    short = prompt_for(sessions, id, maxTokens=600)

    assert len(short) < len(whole)
    assert "left out" in short
    assert "left out" not in whole


def test_the_accounts_settings_decide_what_a_prompt_holds(sessions: Sessions, id: str) -> None:
    whole = prompt_for(sessions, id)
    sessions.call("PATCH", "/settings", json={"includeScreenshots": False, "inlineAriaTree": False})

    plain = prompt_for(sessions, id)

    assert frames_named_in(whole)
    assert frames_named_in(plain) == set()
    assert len(plain) < len(whole)


def test_the_differences_node_by_node_come_when_the_account_wants_them(sessions: Sessions, id: str) -> None:
    whole = prompt_for(sessions, id)

    sessions.call("PATCH", "/settings", json={"includeRawDiff": True})

    assert len(prompt_for(sessions, id)) > len(whole)


@pytest.mark.parametrize(("body", "said"), NO_REQUEST, ids=lambda case: str(case)[:40])
def test_a_request_that_is_none_is_refused_and_changes_nothing(
    sessions: Sessions, id: str, body: dict[str, Any], said: str
) -> None:
    before = sessions.session(id)

    assert problems(ask(sessions, id, **body)) == [said]

    assert sessions.session(id) == before


def test_a_session_that_has_shown_nothing_yet_has_no_prompt_to_write(sessions: Sessions) -> None:
    by_hand = sessions.create()["id"]

    assert refusal(ask(sessions, by_hand), 409) == "the session has not been processed"
