"""The wire of feedback: its errors, its words, and what its OpenAPI document tells of credentials."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.feedback.claim_recording import feedback_claim_recording
from functions.feedback.create_recording import feedback_create_recording
from functions.feedback.get_recording import feedback_get_recording
from shared import errors
from shared.edge.declarations import Endpoint, declaration_of
from shared.edge.families import FAMILIES
from shared.edge.openapi import document
from shared.errors import Busy, Conflict, InvalidRequest, NotFound, PlayheadError, TooLarge, TooMany, Unauthorized
from shared.feedback import failures
from shared.feedback.api import ErrorOut
from shared.recordings.idempotency import KeyReused, StillInProgress
from shared.recordings.lifecycle import IllegalMove

FEEDBACK = FAMILIES["feedback"]


def rendered(error: PlayheadError) -> dict[str, Any]:
    text = FEEDBACK.render(error, "request-1")
    shown: dict[str, Any] = json.loads(text)
    return shown


def test_an_error_says_what_is_wrong_and_what_to_do() -> None:
    assert FEEDBACK.render(InvalidRequest.of("metadata", "Field required"), "request-1") == (
        '{"success":false,"error":"metadata: Field required","code":"VALIDATION_ERROR","hint":"Correct the request."}'
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unauthorized(), "INVALID_API_KEY"),
        (InvalidRequest("no"), "VALIDATION_ERROR"),
        (NotFound("recording not found"), "RECORDING_NOT_FOUND"),
        (TooLarge("no"), "PAYLOAD_TOO_LARGE"),
        (errors.LengthRequired(), "LENGTH_REQUIRED"),
        (errors.UnsupportedMediaType(), "UNSUPPORTED_MEDIA_TYPE"),
        (errors.Upstream("no"), "STORAGE_ERROR"),
        (errors.UpstreamTimeout("no"), "STORAGE_TIMEOUT"),
        (PlayheadError(), "INTERNAL_ERROR"),
        (failures.AlreadyClaimed(), "ALREADY_CLAIMED"),
        (failures.VideoNotFound(), "VIDEO_NOT_FOUND"),
        (failures.VideoAlreadyUploaded(), "VIDEO_ALREADY_UPLOADED"),
        (failures.AnalysisNotFound(), "ANALYSIS_NOT_FOUND"),
        (failures.AnalysisNotReady(), "ANALYSIS_NOT_READY"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_failure_has_the_contracts_code(error: PlayheadError, code: str) -> None:
    shown = rendered(error)

    assert (shown["success"], shown["code"], shown["error"]) == (False, code, error.message)
    assert shown["hint"]


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (failures.AlreadyClaimed, 409),
        (failures.VideoNotFound, 404),
        (failures.VideoAlreadyUploaded, 409),
        (failures.AnalysisNotFound, 404),
        (failures.AnalysisNotReady, 409),
    ],
)
def test_a_failure_of_the_family_has_the_contracts_status(failure: type[PlayheadError], status: int) -> None:
    assert failure.status == status


COMMON = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, PlayheadError)]


@pytest.mark.parametrize("failure", [*COMMON, KeyReused, StillInProgress, IllegalMove], ids=lambda one: one.__name__)
def test_every_failure_that_all_apis_have_has_a_word_in_this_one(failure: type[PlayheadError]) -> None:
    assert ErrorOut.codes[failure.code].isupper()


@pytest.mark.parametrize("error", [PlayheadError(), Busy(), errors.Upstream("no")])
def test_what_is_our_fault_is_told_with_the_request_to_report(error: PlayheadError) -> None:
    assert "request-1" in rendered(error)["hint"]


@pytest.mark.parametrize("error", [Unauthorized(), NotFound(), Conflict(), TooMany(retry_after_s=3)])
def test_what_is_the_callers_fault_is_told_without(error: PlayheadError) -> None:
    assert "request-1" not in str(rendered(error))


def test_a_hint_of_its_own_comes_first() -> None:
    assert rendered(TooLarge("too much", hint="send less"))["hint"] == "send less"


class TestDocument:
    @pytest.fixture
    def described(self) -> dict[str, Any]:
        functions = (feedback_claim_recording, feedback_create_recording, feedback_get_recording)
        declared = [declaration_of(one) for one in functions]
        return document(FEEDBACK, [one for one in declared if isinstance(one, Endpoint)])

    def test_it_tells_where_a_token_will_do_and_where_nothing_may(self, described: dict[str, Any]) -> None:
        paths = described["paths"]
        credentials: list[dict[str, list[str]]] = [{"bearer": []}, {"apiKey": []}]

        assert paths["/api/feedback/recordings/{id}"]["get"]["security"] == [*credentials, {"uploadToken": []}]
        assert paths["/api/feedback/recordings"]["post"]["security"] == [*credentials, {}]
        assert "security" not in paths["/api/feedback/recordings/{id}/claim"]["post"]
        assert described["security"] == credentials
        assert described["components"]["securitySchemes"]["uploadToken"]["name"] == "X-Upload-Token"

    def test_it_tells_failures_in_the_apis_own_words(self, described: dict[str, Any]) -> None:
        told = described["paths"]["/api/feedback/recordings/{id}/claim"]["post"]["responses"]

        assert "`RECORDING_NOT_FOUND`" in told["404"]["description"]
        assert "`ALREADY_CLAIMED`" in told["409"]["description"]

    def test_it_tells_what_metadata_need(self, described: dict[str, Any]) -> None:
        body = described["components"]["schemas"]["NewRecording"]

        assert body["required"] == ["metadata"]
        assert set(body["properties"]["metadata"]["required"]) == {
            "version",
            "duration",
            "url",
            "title",
            "intent",
            "features",
            "visitedUrls",
        }
