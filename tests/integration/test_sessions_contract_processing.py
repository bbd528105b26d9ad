"""A recording that becomes a session: what is answered, what is told meanwhile, and what is left of the video."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
import requests
from PIL import Image

from tests.integration.conftest import new_sessions_client
from tests.integration.film_videos import film_of, text
from tests.integration.platform import PROCESSING_S, RunningPlatform, Sessions, eventually
from tests.integration.remains import remains_of
from tests.integration.sessions_refusals import problems
from tests.integration.sessions_site import HOME_COUNTS, DemoSite
from tests.integration.sessions_videos import small_film
from tests.integration.stored import paused
from tests.media.videos import make_mp4

KEYS = [
    "sessionId",
    "status",
    "title",
    "seedUrl",
    "agentTarget",
    "fileSize",
    "mimeType",
    "prompt",
    "frames",
    "frameCount",
    "urlsInspected",
    "processingMs",
    "inspection",
]
FRAME_KEYS = ["id", "sessionId", "timestamp", "url", "thumbnailUrl", "diffSummary", "ariaTree", "createdAt"]
STATUS_KEYS = ["sessionId", "sessionStatus", "processingStatus", "processingTime", "lastError"]
LANES = ("frameExtraction", "visionLane", "playwrightLane", "synthesis")
STAGE_KEYS = ["overallStage", *LANES, "lastUpdated"]
EBML = b"\x1a\x45\xdf\xa3"


@pytest.fixture(scope="module")
def client(platform: RunningPlatform) -> Sessions:
    return new_sessions_client(platform)


@pytest.fixture(scope="module")
def film() -> bytes:
    """Two screens that differ in what they say."""
    return film_of(text("Fernway", "Your cart is empty"), text("Fernway", "Thank you", "Order 1042"))


@pytest.fixture(scope="module")
def answer(client: Sessions, site: DemoSite, film: bytes) -> requests.Response:
    """What a client is answered that waits."""
    fields = {"title": "An order", "seedUrl": site.url("/"), "notes": "The order number is missing.", "durationMs": "1"}
    return client.upload(film, {**fields, "agentTarget": "CODEX"})


@pytest.fixture
def waiting(sessions: Sessions, site: DemoSite, film: bytes) -> Iterator[Future[requests.Response]]:
    """A client that waits for a recording that it has sent."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(sessions.upload, film, {"title": "An order", "seedUrl": site.url("/")})


def id_of_the_only(sessions: Sessions) -> str:
    """The id of the session of a client that waits, seen by another connection."""
    id: str = eventually(sessions.listed, what="the session")[0]["id"]
    return id


def videos_of(id: str) -> list[str]:
    """What was uploaded, and every copy of it."""
    return [name for name in remains_of(id).objects if name.endswith("/upload")]


def test_the_answer_has_every_key_in_the_contracts_order(
    answer: requests.Response, site: DemoSite, film: bytes
) -> None:
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert list(done) == KEYS
    assert re.fullmatch(r"sess_[A-Z0-9]{8}", done["sessionId"])
    expected = {
        "status": "complete",
        "title": "An order",
        "seedUrl": site.url("/"),
        "agentTarget": "CODEX",
        "fileSize": len(film),
        "mimeType": "video/webm",
        "frameCount": 2,
        "urlsInspected": [site.url("/")],
    }
    assert {name: done[name] for name in expected} == expected
    assert isinstance(done["processingMs"], int)
    assert 0 < done["processingMs"] < PROCESSING_S * 1000


def test_the_answer_tells_what_a_browser_found(answer: requests.Response, site: DemoSite) -> None:
    inspection = answer.json()["inspection"]

    assert list(inspection) == ["urlsInspected", "snapshots", "durationMs"]
    assert inspection["urlsInspected"] == [site.url("/")]
    assert inspection["snapshots"] == [{"url": site.url("/"), "counts": HOME_COUNTS, "success": True}]
    assert 0 < inspection["durationMs"] <= answer.json()["processingMs"]


def test_the_answers_frames_show_what_the_video_showed(answer: requests.Response) -> None:
    first, second = answer.json()["frames"]

    assert list(first) == list(second) == FRAME_KEYS
    assert first["timestamp"] < second["timestamp"]
    assert first["diffSummary"] == {"added": 0, "changed": 0, "removed": 0}
    assert sum(second["diffSummary"].values()) > 0
    assert "Your cart is empty" in json.dumps(first["ariaTree"])
    assert "Order 1042" in json.dumps(second["ariaTree"])
    content = base64.b64decode(first["thumbnailUrl"].removeprefix("data:image/png;base64,"), validate=True)
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.width <= 640) == ("PNG", True)


def test_the_answers_prompt_holds_what_was_said_seen_and_opened(answer: requests.Response) -> None:
    prompt = answer.json()["prompt"]

    assert all(one in prompt for one in ("An order", "The order number is missing.", "Order 1042", "Terms"))


def test_the_session_says_the_same_as_the_answer(client: Sessions, answer: requests.Response, site: DemoSite) -> None:
    done = answer.json()

    session = client.session(done["sessionId"])

    assert session["frames"] == done["frames"]
    same = {"title": "title", "seedUrl": "seedUrl", "status": "status", "agentTarget": "agentTarget"}
    same |= {"prompt": "prompt", "frameCount": "frameCount", "urls": "urlsInspected", "processingTime": "processingMs"}
    assert {name: session[name] for name in same} == {name: done[key] for name, key in same.items()}
    assert (session["urlCount"], session["duration"]) == (1, 2), "the video's own duration, not what the client said"
    assert session["updatedAt"] > session["createdAt"]


def test_the_status_of_a_session_that_is_complete_tells_every_lane(client: Sessions, answer: requests.Response) -> None:
    status = client.status(answer.json()["sessionId"])

    processing = status["processingStatus"]
    assert list(status) == STATUS_KEYS
    assert (status["sessionStatus"], status["lastError"]) == ("complete", None)
    assert list(processing) == STAGE_KEYS
    assert processing["overallStage"] == "complete"
    assert [list(processing[lane]) for lane in LANES] == [["status", "startedAt", "completedAt", "detail"]] * 4
    assert {processing[lane]["status"] for lane in LANES} == {"complete"}
    assert [processing[lane]["detail"] for lane in LANES[:3]] == ["2 frames", "2/2 frames", "1 snapshots"]
    for lane in LANES:
        began_at, ended_at = (datetime.fromisoformat(processing[lane][key]) for key in ("startedAt", "completedAt"))
        assert began_at <= ended_at <= datetime.fromisoformat(processing["lastUpdated"])


def test_the_video_is_removed_and_the_pictures_stay(answer: requests.Response) -> None:
    id = answer.json()["sessionId"]

    assert videos_of(id) == []
    assert [name for name in remains_of(id).objects if name.endswith(".png")]


def test_the_status_of_a_session_that_is_complete_may_be_set(client: Sessions, answer: requests.Response) -> None:
    id = answer.json()["sessionId"]

    changed = client.patch(id, status="error")

    assert (changed.status_code, changed.json()["status"]) == (200, "error")
    client.patch(id, status="complete")


def test_while_a_client_waits_another_connection_sees_the_lanes_move(
    platform: RunningPlatform, sessions: Sessions, waiting: Future[requests.Response]
) -> None:
    with paused("media"):
        id = id_of_the_only(sessions)

        def look() -> dict[str, Any] | None:
            processing: dict[str, Any] = sessions.status(id)["processingStatus"]
            return processing if processing["playwrightLane"]["status"] == "complete" else None

        before = eventually(look, what="the page being inspected")
        assert not waiting.done()
        assert before["overallStage"] == "extracting"
        assert [before[lane]["status"] for lane in LANES] == ["running", "pending", "complete", "pending"]
        assert list(before["visionLane"]) == ["status"]
        assert "completedAt" not in before["frameExtraction"]
        first_ms = sessions.status(id)["processingTime"]
        assert eventually(lambda: sessions.status(id)["processingTime"] > first_ms, what="the time going on")

    seen = []
    while not waiting.done():
        seen.append(sessions.status(id)["processingStatus"]["overallStage"])
    stages = ["extracting", "analyzing", "synthesizing", "persisting", "complete"]
    assert waiting.result().status_code == 200
    assert seen == sorted(seen, key=stages.index)
    assert sessions.status(id)["sessionStatus"] == "complete"


def test_a_client_that_prefers_not_to_wait_is_answered_at_once(sessions: Sessions, site: DemoSite) -> None:
    with paused("light"), paused("browser"):
        answer = sessions.upload(small_film(), {"title": "x", "seedUrl": site.url("/")}, Prefer="respond-async")

        id = answer.json()["sessionId"]
        assert (answer.status_code, answer.text) == (202, f'{{"sessionId":"{id}","status":"processing"}}')
        status = sessions.status(id)
        assert (status["sessionStatus"], status["processingStatus"]["overallStage"]) == ("processing", "uploading")
        assert [status["processingStatus"][lane] for lane in LANES] == [{"status": "pending"}] * 4
        sessions.delete(id)


def test_a_recording_that_cannot_be_processed_is_told_of_and_stays_as_an_error(
    sessions: Sessions, site: DemoSite
) -> None:
    answer = sessions.upload(EBML + bytes(1000), {"title": "Broken", "seedUrl": site.url("/")})

    failed = answer.json()
    assert answer.status_code == 500
    assert failed.keys() == {"sessionId", "error", "processingMs"}
    assert failed["error"]
    assert isinstance(failed["processingMs"], int)
    session, status = sessions.session(failed["sessionId"]), sessions.status(failed["sessionId"])
    assert (session["title"], session["status"], session["frames"]) == ("Broken", "error", [])
    assert (status["sessionStatus"], status["lastError"]) == ("error", failed["error"])
    assert status["processingStatus"]["overallStage"] == "error"
    assert status["processingStatus"]["frameExtraction"]["status"] == "error"
    assert videos_of(failed["sessionId"]) == []


def test_a_client_whose_session_is_deleted_meanwhile_is_told_so(
    sessions: Sessions, waiting: Future[requests.Response]
) -> None:
    with paused("media"):
        id = id_of_the_only(sessions)
        sessions.delete(id)

        answer = waiting.result(PROCESSING_S)

    assert answer.status_code == 500
    assert answer.json() == {"sessionId": id, "error": "the session was deleted", "processingMs": 0}


def test_the_bytes_decide_the_type_of_a_video(sessions: Sessions, site: DemoSite) -> None:
    video = make_mp4(audio=None, times_ms=range(0, 1000, 100))

    answer = sessions.upload(video, {"title": "An MP4", "seedUrl": site.url("/")})

    assert (answer.status_code, answer.json()["mimeType"]) == (200, "video/mp4")


def test_a_recording_is_for_the_accounts_agent_unless_it_names_another(sessions: Sessions, site: DemoSite) -> None:
    sessions.call("PATCH", "/settings", json={"defaultAgent": "CURSOR"})

    with paused("light"):
        fields = {"title": "x", "seedUrl": site.url("/")}
        ids = [
            sessions.upload(small_film(), {**fields, **more}, Prefer="respond-async").json()["sessionId"]
            for more in ({}, {"agentTarget": "RAW"})
        ]
        targets = [sessions.session(id)["agentTarget"] for id in ids]
        for id in ids:
            sessions.delete(id)

    assert targets == ["CURSOR", "RAW"]


def test_an_address_that_the_platform_does_not_list_is_refused_beside_one_that_it_does(
    sessions: Sessions, site: DemoSite
) -> None:
    other = site.url("/").replace("127.0.0.1", "127.0.0.2")

    assert problems(sessions.upload(small_film(), {"title": "x", "seedUrl": other})) == [
        "seedUrl must lead to the public internet"
    ]
