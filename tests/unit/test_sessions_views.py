"""What the wire shows of sessions, member by member."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from shared.errors import Busy, InvalidRequest, NotFound
from shared.recordings.codec import to_plain
from shared.recordings.recording import Failure, State
from shared.recordings.runs import Run, RunState, StepRecord, StepState
from shared.sessions.api import ErrorOut, sent
from shared.sessions.domain import AccountSettings, AgentTarget, SessionChange, Stats
from shared.sessions.evidence import SessionEvidence
from shared.sessions.failures import ProcessingFailed, RunUnderWay
from shared.sessions.frame_views import frames_out, processing_out, session_with_frames_out
from shared.sessions.processing_api import StillProcessingOut
from shared.sessions.prompt_api import PromptRequest
from shared.sessions.service import Session
from shared.sessions.sessions_api import NewSessionIn, SessionChangeIn
from shared.sessions.settings_api import SettingsChangeIn
from shared.sessions.settings_views import settings_out
from shared.sessions.status_views import status_out
from shared.sessions.views import change_of, session_out, stats_out
from shared.structs import replace
from tests.unit.fakes import START
from tests.unit.pictures import CHECKOUT, FLOW, THANKS
from tests.unit.session_examples import OLD_PROMPT, SESSION_ID, SessionWorld, details_with, run_of, session

PLAIN = {
    "id": SESSION_ID,
    "userId": "anna",
    "title": "Checkout",
    "seedUrl": CHECKOUT,
    "status": "complete",
    "duration": 71,
    "frameCount": 7,
    "urls": [],
    "urlCount": 0,
    "agentTarget": "CLAUDE_CODE",
    "processingTime": 0,
    "prompt": OLD_PROMPT,
    "createdAt": "2026-05-04T10:00:00Z",
    "updatedAt": "2026-05-04T10:00:00Z",
}
PENDING = {"status": "pending"}


@pytest.fixture
def world() -> SessionWorld:
    world = SessionWorld()
    world.process()
    return world


def wire(model: BaseModel) -> Any:
    return model.model_dump(mode="json", by_alias=True)


def status(run: Run | None, *, seconds: int = 0, **changes: Any) -> Any:
    return wire(status_out(session(**changes), run, now=START + timedelta(seconds=seconds)))


def the_session(world: SessionWorld) -> Session:
    return Session(world.recording(SESSION_ID), OLD_PROMPT)


class TestSessions:
    def test_a_session_has_these_members_and_no_other(self, world: SessionWorld) -> None:
        assert wire(session_out(the_session(world))) == PLAIN

    def test_a_session_by_hand_shows_null_and_zeros(self) -> None:
        made = SessionWorld().create_by_hand(frame_count=3)

        assert wire(session_out(made)) == {
            **PLAIN,
            "id": made.recording.id,
            "seedUrl": None,
            "status": "processing",
            "duration": 0,
            "frameCount": 3,
            "prompt": "",
        }

    @pytest.mark.parametrize(
        ("state", "word"), [(State.PROCESSING, "processing"), (State.READY, "complete"), (State.FAILED, "error")]
    )
    def test_a_state_has_its_word(self, state: State, word: str) -> None:
        assert wire(session_out(Session(session(state=state), "")))["status"] == word

    def test_the_detail_has_the_frames_too(self, world: SessionWorld) -> None:
        shown = wire(session_with_frames_out(the_session(world), world.evidence()))

        assert {name: shown[name] for name in PLAIN} == PLAIN
        assert set(shown) == {*PLAIN, "frames"}
        assert [frame["timestamp"] for frame in shown["frames"]] == [picture.timestamp_ms for picture in FLOW]


class TestFrames:
    def test_a_frame_has_these_members_and_no_other(self, world: SessionWorld) -> None:
        first, second, *_ = wire(session_with_frames_out(the_session(world), world.evidence()))["frames"]

        assert {name: value for name, value in first.items() if name != "ariaTree"} == {
            "id": FLOW[0].id,
            "sessionId": SESSION_ID,
            "timestamp": 0,
            "url": CHECKOUT,
            "thumbnailUrl": "data:image/png;base64," + base64.b64encode(f"thumbnail of {FLOW[0].id}".encode()).decode(),
            "diffSummary": {"added": 0, "changed": 0, "removed": 0},
            "createdAt": "2026-05-04T10:00:00Z",
        }
        assert set(second) == set(first)

    def test_a_node_says_what_it_is_and_what_happened_to_it_and_else_nothing(self, world: SessionWorld) -> None:
        first, _, third, *_ = wire(session_with_frames_out(the_session(world), world.evidence()))["frames"]

        assert {"role": "heading", "name": "Checkout"} in first["ariaTree"]
        assert not any("diffStatus" in node for node in first["ariaTree"])
        assert {"role": "text", "name": "Code applied: -4.80", "diffStatus": "added"} in third["ariaTree"]
        assert third["diffSummary"] == {"added": 1, "changed": 0, "removed": 0}

    def test_a_container_has_children(self, world: SessionWorld) -> None:
        frames = wire(session_with_frames_out(the_session(world), world.evidence()))["frames"]

        (dialog,) = [node for node in frames[3]["ariaTree"] if node["role"] == "dialog"]
        assert {child["name"] for child in dialog["children"]} == {"You pay 48.00", "Cancel", "Confirm"}
        assert all("children" not in child for child in dialog["children"])

    def test_a_frame_that_could_not_be_read_is_shown_with_its_picture_and_no_changes(self, world: SessionWorld) -> None:
        frames = wire(session_with_frames_out(the_session(world), world.evidence()))["frames"]

        unread = frames[5]
        assert (unread["id"], unread["ariaTree"]) == ("frm_F1B2C3D4", [])
        assert unread["diffSummary"] == {"added": 0, "changed": 0, "removed": 0}
        assert unread["thumbnailUrl"].startswith("data:image/png;base64,")

    def test_a_session_without_evidence_has_no_frames(self) -> None:
        assert frames_out(session(), SessionEvidence()) == []


class TestProcessing:
    def test_what_became_of_an_upload_has_these_members_and_no_other(self, world: SessionWorld) -> None:
        recording = world.recording(SESSION_ID)
        found = replace(
            recording,
            details={
                **recording.details,
                "mime_type": "video/webm",
                "file_size": 1234,
                "inspection_ms": 15_250,
                "processing_ms": 42_500,
            },
        )

        shown = wire(processing_out(Session(found, OLD_PROMPT), world.evidence()))

        frames = shown.pop("frames")
        assert len(frames) == 7
        assert shown == {
            "sessionId": SESSION_ID,
            "status": "complete",
            "title": "Checkout",
            "seedUrl": CHECKOUT,
            "agentTarget": "CLAUDE_CODE",
            "fileSize": 1234,
            "mimeType": "video/webm",
            "prompt": OLD_PROMPT,
            "frameCount": 7,
            "urlsInspected": [CHECKOUT, THANKS],
            "processingMs": 42_500,
            "inspection": {
                "urlsInspected": [CHECKOUT, THANKS],
                "snapshots": [
                    {
                        "url": CHECKOUT,
                        "counts": {
                            "buttons": 2,
                            "inputs": 1,
                            "links": 1,
                            "headings": 1,
                            "images": 0,
                            "total": 5,
                        },
                        "success": True,
                    },
                    {
                        "url": THANKS,
                        "counts": {
                            "buttons": 0,
                            "inputs": 0,
                            "links": 0,
                            "headings": 0,
                            "images": 0,
                            "total": 0,
                        },
                        "success": False,
                        "error": "timed out after 15 s",
                    },
                ],
                "durationMs": 15_250,
            },
        }

    def test_who_does_not_wait_is_told_the_id_alone(self) -> None:
        shown = StillProcessingOut(session_id=SESSION_ID)

        assert wire(shown) == {"sessionId": SESSION_ID, "status": "processing"}
        assert shown.http_status == 202


class TestStatus:
    def test_a_session_by_hand_has_no_processing(self) -> None:
        shown = status(None, details=to_plain(details_with(processing_ms=7)), seconds=90)

        assert shown == {
            "sessionId": SESSION_ID,
            "sessionStatus": "processing",
            "processingStatus": None,
            "processingTime": 7,
            "lastError": None,
        }

    def test_a_live_run_shows_its_lanes_and_the_time_so_far(self) -> None:
        run = run_of(
            {
                "pin_upload": StepRecord(
                    state=StepState.DONE, started_at=START, completed_at=START + timedelta(seconds=1)
                ),
                "inspect_pages": StepRecord(
                    state=StepState.RUNNING, started_at=START + timedelta(seconds=2), detail="1 snapshots"
                ),
            }
        )

        assert status(run, seconds=5) == {
            "sessionId": SESSION_ID,
            "sessionStatus": "processing",
            "processingStatus": {
                "overallStage": "extracting",
                "frameExtraction": {"status": "running", "startedAt": "2026-05-04T10:00:00Z"},
                "visionLane": PENDING,
                "playwrightLane": {
                    "status": "running",
                    "startedAt": "2026-05-04T10:00:02Z",
                    "detail": "1 snapshots",
                },
                "synthesis": PENDING,
                "lastUpdated": "2026-05-04T10:00:02Z",
            },
            "processingTime": 5000,
            "lastError": None,
        }

    def test_a_run_that_failed_says_why_and_how_long_it_took(self) -> None:
        broken = Failure(code="broken", message="The file is broken.")
        record = StepRecord(
            state=StepState.FAILED, started_at=START, completed_at=START + timedelta(seconds=3), error=broken
        )
        run = run_of(
            {"pin_upload": record}, state=RunState.FAILED, failure=broken, ended_at=START + timedelta(seconds=3)
        )

        shown = status(run, state=State.FAILED, seconds=500)

        assert (shown["sessionStatus"], shown["processingTime"]) == ("error", 3000)
        assert shown["lastError"] == shown["processingStatus"]["lastError"] == "The file is broken."
        assert shown["processingStatus"]["overallStage"] == "error"
        assert shown["processingStatus"]["frameExtraction"] == {
            "status": "error",
            "startedAt": "2026-05-04T10:00:00Z",
            "completedAt": "2026-05-04T10:00:03Z",
            "error": "The file is broken.",
        }


class TestNumbersAndSettings:
    def test_numbers_have_these_members(self) -> None:
        stats = Stats(total_sessions=4, completed_sessions=2, total_duration_s=100, average_processing_ms=2500)

        assert wire(stats_out(stats)) == {
            "totalSessions": 4,
            "completedSessions": 2,
            "totalDuration": 100,
            "avgProcessingTime": 2500,
        }

    def test_settings_have_these_members(self) -> None:
        assert wire(settings_out(AccountSettings(default_agent=AgentTarget.CODEX))) == {
            "defaultAgent": "CODEX",
            "includeScreenshots": True,
            "inlineAriaTree": True,
            "includeRawDiff": False,
            "maxRecordingLength": 10,
        }


class TestChanges:
    @pytest.mark.parametrize(
        ("body", "change"),
        [
            ({}, SessionChange()),
            ({"title": None, "status": None}, SessionChange()),
            ({"status": "error", "prompt": ""}, SessionChange(status="error", prompt="")),
            ({"duration": 0}, SessionChange(values={"duration_s": 0})),
            (
                {"title": "x", "urls": [], "agentTarget": "RAW", "frameCount": 1, "urlCount": 2},
                SessionChange(
                    values={
                        "title": "x",
                        "urls": [],
                        "agent_target": AgentTarget.RAW,
                        "frame_count": 1,
                        "url_count": 2,
                    }
                ),
            ),
        ],
    )
    def test_only_what_was_sent_is_to_be_different(self, body: dict[str, Any], change: SessionChange) -> None:
        assert change_of(SessionChangeIn.model_validate(body)) == change

    def test_a_setting_that_is_false_was_sent(self) -> None:
        assert sent(SettingsChangeIn.model_validate({"inlineAriaTree": False})) == {"inline_aria_tree": False}

    @pytest.mark.parametrize(
        ("model", "body"),
        [
            (NewSessionIn, {}),
            (NewSessionIn, {"title": ""}),
            (NewSessionIn, {"title": "x" * 501}),
            (NewSessionIn, {"title": 7}),
            (NewSessionIn, {"title": "x", "frameCount": -1}),
            (NewSessionIn, {"title": "x", "frameCount": "1"}),
            (NewSessionIn, {"title": "x", "frameCount": True}),
            (NewSessionIn, {"title": "x", "frame_count": 1}),
            (NewSessionIn, {"title": "x", "agentTarget": "claude_code"}),
            (SessionChangeIn, {"status": "ready"}),
            (SessionChangeIn, {"duration": 1.5}),
            (SessionChangeIn, {"urls": ["x" * 2049]}),
            (SessionChangeIn, {"prompt": "x" * (128 * 1024 + 1)}),
            (SessionChangeIn, {"seedUrl": "https://a.test/"}),
            (SettingsChangeIn, {"maxRecordingLength": 7}),
            (SettingsChangeIn, {"includeRawDiff": "true"}),
            (PromptRequest, {"frameIds": []}),
            (PromptRequest, {"frameIds": ["frm_A1B2C3D4"] * 21}),
            (PromptRequest, {"frameIds": ["frm_../../.."]}),
            (PromptRequest, {"maxTokens": 199}),
        ],
    )
    def test_what_is_not_of_the_contract_is_refused(self, model: type[BaseModel], body: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            model.model_validate(body)


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "shown"),
        [
            (
                NotFound("session not found"),
                {"statusCode": 404, "message": "session not found", "error": "Not Found"},
            ),
            (
                RunUnderWay(),
                {"statusCode": 409, "message": "The session is being processed.", "error": "Conflict"},
            ),
            (Busy("too many"), {"statusCode": 503, "message": "too many", "error": "Service Unavailable"}),
            (
                InvalidRequest.of("title", "String should have at least 1 character"),
                {"statusCode": 400, "message": ["title should have at least 1 character"], "error": "Bad Request"},
            ),
            (
                InvalidRequest.of("isAdmin", "is not known"),
                {"statusCode": 400, "message": ["property isAdmin should not exist"], "error": "Bad Request"},
            ),
            (
                InvalidRequest("the body must be multipart/form-data"),
                {"statusCode": 400, "message": "the body must be multipart/form-data", "error": "Bad Request"},
            ),
            (
                ProcessingFailed(SESSION_ID, "The file is broken.", processing_ms=1500),
                {"sessionId": SESSION_ID, "error": "The file is broken.", "processingMs": 1500},
            ),
        ],
    )
    def test_a_failure_has_the_familys_shape(self, error: Any, shown: dict[str, Any]) -> None:
        body = ErrorOut.of(error, "request1").model_dump(mode="json", by_alias=True, exclude_none=True)

        assert body == shown
