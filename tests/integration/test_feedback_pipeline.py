"""From a person's recording to an analysis whose every statement rests on evidence, over the whole platform."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import av
import numpy as np
import pytest

from demo.client_log import ClientLog
from demo.feedback import created_body, narrated_video
from shared.recordings.recording import Family
from tests.integration.conftest import SAMPLE
from tests.integration.feedback_client import METADATA, Feedback, new_feedback_client, refusal
from tests.integration.platform import PROCESSING_S, RunningPlatform, eventually
from tests.integration.stored import objects_of

#: How far a citation may be from what it cites, in seconds.
NEAR_S = 0.5
AT_ONCE = 8
FOR_STEPS_ONLY = ("extract_frames", "read_screens", "transcribe_speech", "refine_transcript")


@pytest.fixture
def user(platform: RunningPlatform) -> Feedback:
    return new_feedback_client(platform)


@pytest.fixture(scope="module")
def owner(platform: RunningPlatform) -> Feedback:
    return new_feedback_client(platform)


@pytest.fixture(scope="module")
def analyzed(owner: Feedback) -> str:
    """The demo's narrated recording, analysed once for all tests that only look at it."""
    created = owner.create(**visited_body())
    assert owner.put_directly(created, narrated_video()).status_code == 200
    analyze(owner, created["recordingId"])
    return str(created["recordingId"])


def visited_body() -> dict[str, Any]:
    """What the demo sends, with the requests that a widget would have seen: rrweb records none."""
    body = created_body()
    url, began_ms = body["metadata"]["url"], body["actions"][0]["timestamp"]
    refused_ms = logged_at_ms("coupon refused")
    coupon = {"url": f"{url}api/coupons", "method": "POST", "status": 404, "startTime": refused_ms - 60}
    page = {"url": url, "method": "GET", "status": 200, "startTime": began_ms, "endTime": began_ms + 20}
    body["browserState"]["networkRequests"] = [page, coupon | {"endTime": refused_ms}]
    return body


def logged_at_ms(says: str) -> float:
    """When the page of the sample logged that, in epoch milliseconds."""
    log = ClientLog(json.loads((SAMPLE / "events.json").read_text()))
    [logged_ms] = [one["timestamp"] for one in log.console if says in one["message"]]
    return float(logged_ms)


def analyze(client: Feedback, id: str) -> str:
    """Ask for the analysis, and wait for its end; returns the job's id."""
    answer = client.call("POST", f"/recordings/{id}/analyze")
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "analyzing"
    assert wait_for_end(client, id) == "analyzed"
    return str(answer.json()["jobId"])


def wait_for_end(client: Feedback, id: str) -> str:
    def look() -> str | None:
        status: str = client.read(id).json()["status"]
        return status if status in ("analyzed", "failed") else None

    return eventually(look, within_s=PROCESSING_S, what=f"the analysis of {id}")


def put_and_analyze(client: Feedback, video: bytes, **members: Any) -> str:
    id: str = client.create(**members)["recordingId"]
    assert client.put_video(id, video).status_code == 200
    analyze(client, id)
    return id


def citations_of(client: Feedback, id: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every citation with its section."""
    for section in client.read(id, "analysis").json()["sections"]:
        for citation in section["citations"]:
            yield section, citation


def timeline_of(client: Feedback, id: str, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = client.read(id, f"timeline{query}").json()
    return found


class TestTheNarratedRecording:
    """The demo's visit: a coupon is refused, and a message with an address that is none."""

    def test_it_has_been_analyzed(self, owner: Feedback, analyzed: str) -> None:
        recording = owner.read(analyzed).json()

        assert (recording["status"], recording["id"]) == ("analyzed", analyzed)
        assert owner.read(analyzed, "video").json()["videoUrl"]
        assert owner.read(analyzed, "summary").json()["keyFindings"]

    def test_every_lane_has_evidence_on_the_videos_clock(self, owner: Feedback, analyzed: str) -> None:
        timeline = timeline_of(owner, analyzed)

        lanes = {item["lane"] for item in timeline["items"]}
        assert lanes == {"action", "navigation", "console", "network", "frame", "ocr", "transcript"}
        assert all(0 <= item["timestamp"] <= timeline["duration"] for item in timeline["items"])
        assert timeline["clocks"], "the client's epoch times were brought onto the video's clock, and that is said"

    def test_what_was_said_can_be_read(self, owner: Feedback, analyzed: str) -> None:
        heard = owner.read(analyzed, "transcript").json()
        captions = owner.read(analyzed, "transcript", headers={"Accept": "text/vtt"})

        assert "coupon is refused" in heard["text"].lower()
        assert captions.text.startswith("WEBVTT")
        [refused] = [word for word in heard["words"] if word["text"].strip(" .,").lower() == "refused"]
        assert refused["start"] == pytest.approx(11.4, abs=NEAR_S)

    @pytest.mark.parametrize(
        ("kind", "says", "logged"),
        [
            ("console_error", "coupon refused", "coupon refused"),
            ("console_warning", "message refused", "message refused"),
            ("network_error", "/api/coupons", "coupon refused"),
        ],
        ids=["a logged error", "a refused message", "a failed request"],
    )
    def test_what_went_wrong_is_cited_where_it_was(
        self, owner: Feedback, analyzed: str, kind: str, says: str, logged: str
    ) -> None:
        described = json.loads((SAMPLE / "recording.json").read_text())
        truth_s = logged_at_ms(logged) / 1000 - datetime.fromisoformat(described["started_at"]).timestamp()

        cited = [one for _, one in citations_of(owner, analyzed) if one["type"] == kind and says in one["quote"]]

        assert cited
        assert all(one["timestamp"] == pytest.approx(truth_s, abs=NEAR_S) for one in cited)

    def test_the_message_on_the_screen_is_cited_where_it_appeared(self, owner: Feedback, analyzed: str) -> None:
        shown = [
            one["timestamp"]
            for _, one in citations_of(owner, analyzed)
            if one["type"] in ("ocr", "frame") and "coupon WELCOME" in one["quote"]
        ]

        assert shown
        assert all(one == pytest.approx(9.7, abs=1) for one in shown)

    def test_every_citation_is_in_its_section_and_in_the_evidence(self, owner: Feedback, analyzed: str) -> None:
        evidence = {item["id"]: item for item in timeline_of(owner, analyzed)["items"]}
        sections = owner.read(analyzed, "analysis").json()["sections"]
        begins = [section["timestamp"] for section in sections]

        assert begins == sorted(begins)
        for section, citation in citations_of(owner, analyzed):
            item = evidence[citation["id"]]
            assert citation["type"] == item["type"]
            assert citation["timestamp"] == item["timestamp"]
            assert item["until"] >= section["timestamp"] - 0.1
            if item["lane"] != "transcript":
                assert citation["quote"] in item["text"]

    def test_what_was_typed_into_the_password_field_is_nowhere(self, owner: Feedback, analyzed: str) -> None:
        typed = [item for item in timeline_of(owner, analyzed)["items"] if "password" in json.dumps(item["facts"])]

        assert typed
        assert not any("***********" in item["text"] for item in typed), "not even how long it was"

    def test_the_analysis_is_also_a_text_for_agents(self, owner: Feedback, analyzed: str) -> None:
        answer = owner.read(analyzed, "analysis", headers={"Accept": "text/markdown"})

        assert answer.headers["Content-Type"].startswith("text/markdown")
        assert "coupon refused" in answer.text

    def test_a_window_of_some_lanes_is_a_part_of_the_whole(self, owner: Feedback, analyzed: str) -> None:
        whole = timeline_of(owner, analyzed)["items"]

        part = timeline_of(owner, analyzed, "?from=9&to=12&lanes=console,transcript")["items"]

        wanted = ("console", "transcript")
        assert part
        assert part == [
            item for item in whole if item["lane"] in wanted and item["until"] >= 9 and item["timestamp"] <= 12
        ]

    def test_what_only_the_steps_needed_is_gone(self, analyzed: str) -> None:
        eventually(lambda: not _left_by(analyzed, *FOR_STEPS_ONLY), what="it")

        assert _left_by(analyzed, "remux_video", "build_timeline", "analyze_evidence")


def test_analyses_that_are_asked_for_at_once_are_one_and_a_later_one_is_new(user: Feedback) -> None:
    id = user.create()["recordingId"]
    assert user.put_video(id, film(seconds=2)).status_code == 200

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: user.call("POST", f"/recordings/{id}/analyze"), range(AT_ONCE)))
    assert wait_for_end(user, id) == "analyzed"
    again = analyze(user, id)

    assert {answer.status_code for answer in answers} == {202}
    [job] = {answer.json()["jobId"] for answer in answers}
    assert again != job


def test_a_video_without_sound_is_analyzed_and_says_so(user: Feedback) -> None:
    id = put_and_analyze(user, film(seconds=2))

    assert timeline_of(user, id)["notes"]
    assert user.read(id, "transcript").json()["words"] == []
    assert user.read(id, "transcript").json()["note"]


def test_sound_without_pictures_is_analyzed(user: Feedback) -> None:
    id = put_and_analyze(user, (SAMPLE / "narration.webm").read_bytes())

    lanes = {item["lane"] for item in timeline_of(user, id)["items"]}
    assert "transcript" in lanes
    assert lanes.isdisjoint({"frame", "ocr"})
    assert "coupon" in user.read(id, "transcript").json()["text"]


def test_a_single_picture_is_analyzed(user: Feedback) -> None:
    id = put_and_analyze(user, film(seconds=0))

    assert user.read(id, "analysis").status_code == 200


def test_what_is_no_video_fails_and_a_later_try_says_it_again(user: Feedback) -> None:
    id = user.create()["recordingId"]
    assert user.put_video(id, b"no video at all").status_code == 200

    for _ in range(2):
        assert user.call("POST", f"/recordings/{id}/analyze").status_code == 202
        assert wait_for_end(user, id) == "failed"

    refusal(user.read(id, "analysis"), 409, "ANALYSIS_NOT_READY")


def test_a_recording_that_is_deleted_while_it_is_analyzed_leaves_nothing(user: Feedback) -> None:
    created = user.create(**created_body())
    id = created["recordingId"]
    assert user.put_directly(created, narrated_video()).status_code == 200
    assert user.call("POST", f"/recordings/{id}/analyze").status_code == 202

    assert user.call("DELETE", f"/recordings/{id}").status_code == 204

    refusal(user.call("POST", f"/recordings/{id}/analyze"), 404, "RECORDING_NOT_FOUND")
    refusal(user.read(id, "analysis"), 404, "RECORDING_NOT_FOUND")
    eventually(lambda: not objects_of(id, Family.FEEDBACK), within_s=60, what="the last attempt's objects going")


def test_without_a_video_there_is_nothing_to_analyze(user: Feedback) -> None:
    id = user.create()["recordingId"]

    refusal(user.call("POST", f"/recordings/{id}/analyze"), 409, "VIDEO_NOT_UPLOADED")


def test_a_large_log_is_taken_and_what_was_cut_is_said(user: Feedback) -> None:
    line = "x" * 900
    logs = [{"level": "log", "message": f"{line} {number}", "timestamp": number / 1000} for number in range(11_000)]
    logs.append({"level": "error", "message": "the needle", "timestamp": 1.5})
    actions = [{"type": "click", "selector": f"#b{number}", "timestamp": number / 2500} for number in range(5_000)]

    id = put_and_analyze(
        user,
        film(seconds=2),
        metadata={**METADATA, "duration": 2},
        actions=actions,
        browserState={"consoleLogs": logs, "networkRequests": []},
    )

    timeline = timeline_of(user, id)
    assert timeline["leftOut"]["console"] > 0
    assert timeline["notes"]
    assert any("the needle" in citation["quote"] for _, citation in citations_of(user, id))


def film(*, seconds: int, fps: int = 5) -> bytes:
    """A VP8 WebM of one grey screen; a single picture where it lasts no time."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(max(1, seconds * fps)):
            frame = av.VideoFrame.from_ndarray(np.full((240, 320, 3), 120, np.uint8), format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


def _left_by(id: str, *steps: str) -> list[str]:
    return [
        stored.name for stored in objects_of(id, Family.FEEDBACK) if any(f"/{step}." in stored.name for step in steps)
    ]
