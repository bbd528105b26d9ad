"""Recordings that are too large for a request: leave to upload, the upload, and the request that names it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from shared import ports
from shared.structs import replace
from shared.wiring import wired
from tests.integration.platform import TIMEOUT_S, Sessions
from tests.integration.remains import remains_of
from tests.integration.sessions_refusals import problems, refusal
from tests.integration.sessions_videos import small_film
from tests.integration.stored import paused
from tests.unit.pictures import CHECKOUT

WEBM_HEAD = b"\x1aE\xdf\xa3" + bytes(60)
LARGER_THAN_A_REQUEST = 33 * 1024 * 1024
FIELDS = {"title": "A long recording", "seedUrl": CHECKOUT}
KEYS = ["uploadId", "uploadUrl", "contentType", "expiresAt"]


def grant(sessions: Sessions, **body: str) -> dict[str, Any]:
    answer = sessions.call("POST", "/recordings/uploads", json=body)
    assert answer.status_code == 201, answer.text
    granted: dict[str, Any] = answer.json()
    return granted


def put(granted: dict[str, Any], content: bytes) -> None:
    requests.put(granted["uploadUrl"], data=content, timeout=TIMEOUT_S).raise_for_status()


def begin(sessions: Sessions, upload_id: str, *, file: bytes | None = None, **fields: str) -> requests.Response:
    return sessions.upload(file, {**FIELDS, "uploadId": upload_id, **fields}, Prefer="respond-async")


def begun(sessions: Sessions, granted: dict[str, Any]) -> str:
    """Use an upload, so that it has become a session; returns its id."""
    answer = begin(sessions, granted["uploadId"])
    assert answer.status_code == 202, answer.text
    id: str = answer.json()["sessionId"]
    return id


def test_leave_to_upload_says_where_to_and_for_how_long(sessions: Sessions) -> None:
    granted = grant(sessions)

    assert list(granted) == KEYS
    assert re.fullmatch(r"sess_[A-Z0-9]{8}", granted["uploadId"])
    assert granted["contentType"] == "video/webm"
    assert granted["expiresAt"].endswith("Z")
    remaining = datetime.fromisoformat(granted["expiresAt"]) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < remaining <= timedelta(hours=24)


@pytest.mark.parametrize("content_type", ["video/webm", "video/mp4", "video/x-matroska"])
def test_every_type_of_video_may_be_announced(sessions: Sessions, content_type: str) -> None:
    assert grant(sessions, contentType=content_type)["contentType"] == content_type


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"contentType": "video/avi"}, "contentType should be 'video/webm', 'video/mp4' or 'video/x-matroska'"),
        ({"contentType": 7}, "contentType should be 'video/webm', 'video/mp4' or 'video/x-matroska'"),
        ({"title": "x"}, "property title should not exist"),
    ],
)
def test_leave_to_upload_anything_else_is_refused(sessions: Sessions, body: dict[str, Any], said: str) -> None:
    assert problems(sessions.call("POST", "/recordings/uploads", json=body)) == [said]


def test_leave_to_upload_is_no_session_yet(sessions: Sessions) -> None:
    granted = grant(sessions)
    put(granted, small_film())

    assert sessions.listed() == []
    assert refusal(sessions.call("GET", f"/sessions/{granted['uploadId']}"), 404) == "session not found"


def test_an_upload_becomes_the_session_of_its_id_and_the_video_goes(sessions: Sessions) -> None:
    granted = grant(sessions)
    put(granted, small_film())

    id = begun(sessions, granted)

    assert id == granted["uploadId"]
    assert sessions.wait_for(id)["sessionStatus"] == "complete"
    session = sessions.session(id)
    assert (session["title"], session["seedUrl"], session["frameCount"]) == ("A long recording", CHECKOUT, 1)
    assert [name for name in remains_of(id).objects if name.endswith("/upload")] == []


def test_an_upload_may_be_larger_than_a_request(sessions: Sessions) -> None:
    granted = grant(sessions)
    put(granted, WEBM_HEAD + bytes(LARGER_THAN_A_REQUEST))

    with paused("light"):
        id = begun(sessions, granted)
        assert sessions.delete(id).status_code == 204


def test_an_upload_is_used_once(sessions: Sessions) -> None:
    granted = grant(sessions)
    put(granted, small_film())
    with paused("light"):
        id = begun(sessions, granted)

        assert refusal(begin(sessions, id), 409) == "this upload has become a session already"

        assert len(sessions.listed()) == 1
        assert f"uploads/sessions/{id}/upload" in remains_of(id).objects, "the first request still needs it"
        sessions.delete(id)
    assert begin(sessions, id).status_code in (400, 409), "nor after the session is gone"
    assert sessions.listed() == []


def test_an_upload_is_its_users_alone(sessions: Sessions, colleague: Sessions) -> None:
    granted = grant(sessions)
    put(granted, small_film())

    answer = begin(colleague, granted["uploadId"])

    assert problems(answer) == ["uploadId is unknown or over"]
    assert problems(begin(colleague, "sess_AAAAAAAA")) == ["uploadId is unknown or over"], "as one that never was"
    assert f"uploads/sessions/{granted['uploadId']}/upload" in remains_of(granted["uploadId"]).objects


def test_an_upload_is_over_when_the_answer_said_so(sessions: Sessions) -> None:
    granted = grant(sessions)
    put(granted, small_film())

    def outdate(transaction: ports.Transaction) -> None:
        found = transaction.grant(granted["uploadId"])
        assert found is not None
        transaction.save(replace(found, expire_at=datetime.now(UTC)))

    wired(ports.Recordings).transact(outdate)

    assert problems(begin(sessions, granted["uploadId"])) == ["uploadId is unknown or over"]


def nothing(granted: dict[str, Any]) -> None:
    """Put nothing there at all."""


def empty(granted: dict[str, Any]) -> None:
    put(granted, b"")


def a_picture(granted: dict[str, Any]) -> None:
    put(granted, b"\x89PNG\r\n\x1a\n" + bytes(100))


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (nothing, "file must have been uploaded, with 1 to 104,857,600 bytes"),
        (empty, "file must have been uploaded, with 1 to 104,857,600 bytes"),
        (a_picture, "file must be a WebM, MP4 or Matroska video"),
    ],
)
def test_what_was_not_uploaded_as_it_should_be_can_be_uploaded_again(
    sessions: Sessions, upload: Callable[[dict[str, Any]], None], said: str
) -> None:
    granted = grant(sessions)
    upload(granted)

    assert problems(begin(sessions, granted["uploadId"])) == [said]

    assert sessions.listed() == []
    put(granted, small_film())
    with paused("light"):
        sessions.delete(begun(sessions, granted))


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"file": small_film()}, "uploadId cannot come with a file"),
        ({"seedUrl": "http://10.0.0.1/"}, "seedUrl must lead to the public internet"),
        ({"title": ""}, "title should have at least 1 character"),
        ({"uploadId": "7"}, "uploadId has not the form that it must have"),
    ],
)
def test_a_request_that_is_refused_does_not_use_the_upload_up(
    sessions: Sessions, request_: dict[str, Any], said: str
) -> None:
    granted = grant(sessions)
    put(granted, small_film())

    assert problems(begin(sessions, **{"upload_id": granted["uploadId"], **request_})) == [said]

    with paused("light"):
        sessions.delete(begun(sessions, granted))
