"""Analysis, summary, timeline and transcript: as the contract has them, in every form, and when."""

from __future__ import annotations

from typing import Any

import pytest

from shared.evidence.timeline import Lane
from shared.evidence.transcript import Transcript
from shared.recordings.recording import Failure, State
from tests.integration.feedback_client import Feedback, new_feedback_client, refusal
from tests.integration.feedback_stored import change, complete_analysis
from tests.integration.platform import RunningPlatform

OUTPUTS = ("analysis", "summary", "timeline", "transcript")

every_output = pytest.mark.parametrize("what", OUTPUTS)


@pytest.fixture(scope="module")
def user(platform: RunningPlatform) -> Feedback:
    return new_feedback_client(platform)


@pytest.fixture(scope="module")
def analyzed(user: Feedback) -> str:
    """A recording whose analysis has ended well."""
    id: str = user.create()["recordingId"]
    complete_analysis(id)
    return id


def shown(user: Feedback, id: str, what: str, **query: str) -> Any:
    answer = user.read(id, what, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_analysis_is_its_sections_with_what_they_rest_on(user: Feedback, analyzed: str) -> None:
    assert shown(user, analyzed, "analysis") == {
        "sections": [
            {
                "title": "The cart",
                "timestamp": 0.0,
                "description": "The cart is open.",
                "citations": [{"type": "frame", "timestamp": 0.0, "id": "frm-1", "quote": "Cart"}],
            },
            {
                "title": "Paying fails",
                "timestamp": 4.0,
                "description": "The user pays. The server answers 500.",
                "citations": [
                    {"type": "action", "timestamp": 5.0, "id": "act-1", "quote": "click Pay"},
                    {"type": "transcript", "timestamp": 4.4, "id": "wrd-2", "quote": "I pay"},
                    {"type": "network_error", "timestamp": 5.1, "id": "net-1", "quote": "→ 500"},
                ],
            },
        ]
    }


def test_for_an_agent_the_analysis_is_written_as_markdown(user: Feedback, analyzed: str) -> None:
    answer = user.read(analyzed, "analysis", headers={"Accept": "text/markdown"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/markdown; charset=utf-8")
    assert answer.headers["Vary"] == "Accept"
    assert answer.text.startswith("# ")
    for part in ("The button does nothing", "https://shop.example/checkout", "The server answers 500.", "net-1"):
        assert part in answer.text


def test_a_summary_is_a_text_and_its_key_findings(user: Feedback, analyzed: str) -> None:
    assert shown(user, analyzed, "summary") == {
        "summary": "A purchase is tried. It fails.",
        "keyFindings": ["POST /pay fails with 500.", "pay is not a function."],
    }


def test_every_citation_is_an_item_of_the_timeline_that_holds_its_quote(user: Feedback, analyzed: str) -> None:
    items = {item["id"]: item for item in shown(user, analyzed, "timeline")["items"]}
    words = " ".join(item["text"] for item in items.values() if item["lane"] == "transcript")

    for section in shown(user, analyzed, "analysis")["sections"]:
        for cited in section["citations"]:
            item = items[cited["id"]]
            assert (item["type"], item["timestamp"]) == (cited["type"], cited["timestamp"])
            assert cited["quote"] in (words if item["lane"] == "transcript" else item["text"])


def test_a_part_of_the_timeline_is_chosen_by_time_and_lane(user: Feedback, analyzed: str) -> None:
    part = shown(user, analyzed, "timeline", **{"from": "5", "to": "5.2", "lanes": "action,network,console"})

    assert [item["id"] for item in part["items"]] == ["act-1", "net-1"]
    assert (part["duration"], part["leftOut"]) == (12.346, {"console": 3})
    assert part["clocks"][0]["skew"] == -0.25
    assert part["notes"] == ["Of the console, 3 lines are left out."]


@pytest.mark.parametrize("query", [{"from": "later"}, {"from": "3", "to": "2"}, {"lanes": "dreams"}, {"to": "-1"}])
def test_a_query_that_asks_for_nonsense_is_refused(user: Feedback, analyzed: str, query: dict[str, str]) -> None:
    refusal(user.read(analyzed, "timeline", params=query), 400, "VALIDATION_ERROR")


def test_every_lane_of_the_contract_can_be_asked_for(user: Feedback, analyzed: str) -> None:
    lanes = [shown(user, analyzed, "timeline", lanes=lane)["items"] for lane in Lane]

    assert sum(map(len, lanes)) == len(shown(user, analyzed, "timeline")["items"])


def test_a_transcript_is_a_text_and_its_words(user: Feedback, analyzed: str) -> None:
    told = shown(user, analyzed, "transcript")

    assert told["text"] == "Now I pay. Nothing happens."
    assert told["words"][0] == {"text": "Now", "start": 4.1, "end": 4.4, "probability": 0.98}
    assert (told["language"], told["model"], told["note"]) == ("en", "tiny.en", "")


def test_a_transcript_is_subtitles_too(user: Feedback, analyzed: str) -> None:
    answer = user.read(analyzed, "transcript", headers={"Accept": "text/vtt"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/vtt; charset=utf-8")
    assert answer.text == (
        "WEBVTT\n\n00:00:04.100 --> 00:00:05.200\nNow I pay.\n\n00:00:07.000 --> 00:00:08.100\nNothing happens.\n"
    )


def test_a_video_without_sound_has_a_transcript_that_says_so(user: Feedback) -> None:
    id = user.create()["recordingId"]
    complete_analysis(id, transcript=Transcript(note="The video has no sound."))

    assert shown(user, id, "transcript")["note"] == "The video has no sound."
    assert "NOTE The video has no sound." in user.read(id, "transcript", headers={"Accept": "text/vtt"}).text


@every_output
def test_what_nobody_asked_for_is_not_found(user: Feedback, what: str) -> None:
    id = user.create()["recordingId"]

    assert "/analyze" in refusal(user.read(id, what), 404, "ANALYSIS_NOT_FOUND")


@every_output
def test_before_it_is_done_it_is_not_ready(user: Feedback, what: str) -> None:
    id = user.create()["recordingId"]
    change(id, state=State.PROCESSING, job_id="j1")

    refusal(user.read(id, what), 409, "ANALYSIS_NOT_READY")


@every_output
def test_one_that_failed_is_not_ready_and_says_so(user: Feedback, what: str) -> None:
    id = user.create()["recordingId"]
    change(id, state=State.FAILED, job_id="j1", failure=Failure(code="unreadable_video", message="It is none."))

    assert "unreadable_video" in refusal(user.read(id, what), 409, "ANALYSIS_NOT_READY")


@every_output
@pytest.mark.parametrize("state", [State.PROCESSING, State.FAILED])
def test_while_a_new_one_runs_or_fails_the_last_good_one_is_shown(user: Feedback, what: str, state: State) -> None:
    id = user.create()["recordingId"]
    complete_analysis(id)
    before = user.read(id, what).text

    change(id, state=state, job_id="j2")

    assert user.read(id, what).text == before


@every_output
def test_somebody_elses_is_not_there(platform: RunningPlatform, analyzed: str, what: str) -> None:
    colleague = new_feedback_client(platform)

    refusal(colleague.read(analyzed, what), 404, "RECORDING_NOT_FOUND")
    refusal(Feedback(platform.url, None).read(analyzed, what), 401, "INVALID_API_KEY")
