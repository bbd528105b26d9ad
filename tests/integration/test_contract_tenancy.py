"""Who may see a recording: its tenant. For everybody else, and for no id at all, there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
import requests

from tests.integration.platform import Capture
from tests.integration.refusals import refusal, without_request_id

#: Every endpoint that names a recording.
ENDPOINTS = [
    ("GET", ""),
    ("DELETE", ""),
    ("GET", "/events"),
    ("GET", "/events?from_ms=0&to_ms=10"),
    ("POST", "/confirm"),
    ("GET", "/video"),
]
OF_ONE = pytest.mark.parametrize(("method", "rest"), ENDPOINTS)
NOT_UUIDS = ["7", "rec_3kTMd", "null", "%00", "a%20b", "{id}", "a" * 5_000]


def call(client: Capture, method: str, id: str, rest: str) -> requests.Response:
    return client.call(method, f"/api/v1/recordings/{id}{rest}")


@OF_ONE
def test_somebody_elses_recording_is_as_unknown_as_one_that_never_was(
    capture: Capture, stranger: Capture, method: str, rest: str
) -> None:
    theirs = capture.create({"has_video": True})["id"]

    foreign, unknown = call(stranger, method, theirs, rest), call(stranger, method, str(uuid4()), rest)

    assert refusal(foreign, 404, "not_found") == "recording not found"
    assert without_request_id(foreign) == without_request_id(unknown)
    assert capture.recording(theirs)["status"] == "uploading"


@OF_ONE
def test_a_deleted_recording_is_as_unknown_as_one_that_never_was(capture: Capture, method: str, rest: str) -> None:
    gone = capture.create({"has_video": True})["id"]
    assert capture.delete(gone).status_code == 204

    deleted, unknown = call(capture, method, gone, rest), call(capture, method, str(uuid4()), rest)

    assert deleted.status_code == 404
    assert without_request_id(deleted) == without_request_id(unknown)


@pytest.mark.parametrize("id", NOT_UUIDS, ids=lambda id: id[:12])
@OF_ONE
def test_an_id_that_is_no_uuid_is_an_unknown_id(capture: Capture, method: str, rest: str, id: str) -> None:
    assert refusal(call(capture, method, id, rest), 404, "not_found") == "recording not found"


@pytest.mark.parametrize(
    "mangle",
    [
        pytest.param(lambda id: id.replace("-", ""), id="without dashes"),
        pytest.param(lambda id: f"{{{id}}}", id="in braces"),
        pytest.param(lambda id: f"{id}%20", id="with a space"),
    ],
)
def test_an_id_in_another_form_is_an_unknown_id(capture: Capture, mangle: Callable[[str], str]) -> None:
    id = capture.create({"has_video": True})["id"]

    assert refusal(capture.get(mangle(id)), 404, "not_found")


def test_a_uuid_is_the_same_in_upper_case(capture: Capture) -> None:
    """RFC 9562: written in lower case, read in either; Apple's own libraries write upper case."""
    project = "0B6E1C5E-9F53-4B1B-8D0C-6A3D1F0A9C11"
    id = capture.create({"has_video": True, "project_id": project})["id"]

    recording = capture.recording(id.upper())

    assert (recording["id"], recording["project_id"]) == (id, project.lower())


@pytest.mark.parametrize(("method", "rest"), [*ENDPOINTS, ("GET", None), ("POST", None)])
def test_nobody_gets_nothing(capture: Capture, method: str, rest: str | None) -> None:
    id = capture.create({"has_video": True})["id"]
    nobody = Capture(capture.url, None)

    answer = nobody.call(method, "/api/v1/recordings" if rest is None else f"/api/v1/recordings/{id}{rest}")

    assert refusal(answer, 401, "unauthorized") == "Credentials are missing or not valid."
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@OF_ONE
def test_nobody_learns_whether_an_id_exists(capture: Capture, method: str, rest: str) -> None:
    nobody = Capture(capture.url, None)
    known = capture.create({"has_video": True})["id"]

    answers = [call(nobody, method, id, rest) for id in (known, str(uuid4()), "no-uuid")]

    assert [without_request_id(answer) for answer in answers] == [without_request_id(answers[0])] * 3
