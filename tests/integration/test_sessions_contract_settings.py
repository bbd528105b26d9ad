"""What an account chooses for its prompts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.platform import Sessions
from tests.integration.sessions_refusals import problems

DEFAULTS = (
    '{"defaultAgent":"CLAUDE_CODE","includeScreenshots":true,"inlineAriaTree":true,"includeRawDiff":false,'
    '"maxRecordingLength":10}'
)
CHANGES: list[tuple[str, Any]] = [
    *(("defaultAgent", agent) for agent in ("CODEX", "CURSOR", "RAW")),
    ("includeScreenshots", False),
    ("inlineAriaTree", False),
    ("includeRawDiff", True),
    *(("maxRecordingLength", minutes) for minutes in (5, 15, 30)),
]
NOT_SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"defaultAgent": "GPT"}, "defaultAgent should be 'CLAUDE_CODE', 'CODEX', 'CURSOR' or 'RAW'"),
    ({"includeScreenshots": "false"}, "includeScreenshots should be a valid boolean"),
    ({"inlineAriaTree": 0}, "inlineAriaTree should be a valid boolean"),
    ({"includeRawDiff": []}, "includeRawDiff should be a valid boolean"),
    ({"maxRecordingLength": 7}, "maxRecordingLength should be 5, 10, 15 or 30"),
    ({"maxRecordingLength": "10"}, "maxRecordingLength should be 5, 10, 15 or 30"),
    ({"theme": "dark"}, "property theme should not exist"),
]


def change(sessions: Sessions, **changes: Any) -> Any:
    answer = sessions.call("PATCH", "/settings", json=changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_account_begins_with_the_contracts_defaults(sessions: Sessions) -> None:
    answer = sessions.call("GET", "/settings")

    assert (answer.status_code, answer.text) == (200, DEFAULTS)


@pytest.mark.parametrize(("name", "value"), CHANGES)
def test_only_the_setting_that_is_sent_changes(sessions: Sessions, name: str, value: Any) -> None:
    before = sessions.call("GET", "/settings").json()

    answered = change(sessions, **{name: value})

    assert before[name] != value
    assert answered == {**before, name: value}
    assert sessions.call("GET", "/settings").json() == answered


def test_changes_add_up_and_may_be_taken_back(sessions: Sessions) -> None:
    change(sessions, defaultAgent="RAW")
    change(sessions, maxRecordingLength=5, defaultAgent=None)
    assert sessions.call("GET", "/settings").json()["defaultAgent"] == "RAW"

    change(sessions, defaultAgent="CLAUDE_CODE", maxRecordingLength=10)

    assert sessions.call("GET", "/settings").text == DEFAULTS


@pytest.mark.parametrize(("body", "said"), NOT_SETTINGS, ids=lambda case: str(case)[:40])
def test_a_setting_that_is_none_is_refused_and_changes_nothing(
    sessions: Sessions, body: dict[str, Any], said: str
) -> None:
    answer = sessions.call("PATCH", "/settings", json={"defaultAgent": "RAW", **body})

    assert problems(answer) == [said]
    assert sessions.call("GET", "/settings").text == DEFAULTS


def test_settings_are_their_users_alone(sessions: Sessions, colleague: Sessions) -> None:
    change(sessions, defaultAgent="CURSOR")

    assert colleague.call("GET", "/settings").text == DEFAULTS


def test_a_new_session_is_for_the_accounts_agent_unless_it_names_another(sessions: Sessions) -> None:
    change(sessions, defaultAgent="CURSOR")

    assert sessions.create()["agentTarget"] == "CURSOR"
    assert sessions.create(agentTarget="RAW")["agentTarget"] == "RAW"
