"""How long a screen recording takes from its upload to a session with frames, trees and a prompt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

import requests

from benchmarks.report import Figure, Limit, Section, Table
from benchmarks.sessions_platform import SessionsApi, first_seconds, sessions_platform
from benchmarks.timing import seconds

TURNS = 3
LENGTH_S = 30
LIMIT_S = 20
LANES = {
    "frameExtraction": "frames (pinned, found, chosen)",
    "visionLane": "elements on the frames",
    "playwrightLane": "page in a browser, beside the two above",
    "synthesis": "trees, differences, prompt",
}
Send = Callable[[str, bytes], requests.Response]


@dataclass(frozen=True, slots=True)
class Sent:
    """One upload that was answered with its whole session: how long that took, and each lane of it, in seconds."""

    total_s: float
    lanes_s: dict[str, float]
    frame_count: int


def run() -> Section:
    video = first_seconds(LENGTH_S)
    with sessions_platform() as api:
        _send(api, api.post, video)  # every worker has done it once
        posts, puts = [], []
        for _ in range(TURNS):
            posts.append(_send(api, api.post, video))
            puts.append(_send(api, api.put, video))
    return Section(
        title=f"From the upload to a session: a screen recording of {LENGTH_S} s",
        method=f"A recording of {LENGTH_S} s (1280×720, VP9, {posts[0].frame_count} frames kept) is sent, with all "
        "lanes and the packaged OCR, until it is answered with the complete session; the demo site is the seed URL.",
        figures=[
            _figure("POST of the form to the complete session", posts),
            _figure("signed PUT and POST to the complete session", puts),
        ],
        tables=[_parts(posts)],
    )


def _send(api: SessionsApi, send: Send, video: bytes) -> Sent:
    answers: list[requests.Response] = []
    total_s = seconds(lambda: answers.append(send("thirty seconds", video)))
    if answers[0].status_code != 200:
        raise RuntimeError(f"the upload was answered {answers[0].status_code}: {answers[0].text}")
    made = answers[0].json()
    lanes = api.get(f"/sessions/{made['sessionId']}/status")["processingStatus"]
    return Sent(total_s, {name: _length_s(lanes[name]) for name in LANES}, made["frameCount"])


def _length_s(lane: dict[str, Any]) -> float:
    started, completed = (datetime.fromisoformat(lane[name]) for name in ("startedAt", "completedAt"))
    return (completed - started).total_seconds()


def _figure(what: str, sent: list[Sent]) -> Figure:
    return Figure(what=what, unit="s", values=[one.total_s for one in sent], limit=Limit("≤", LIMIT_S))


def _parts(sent: list[Sent]) -> Table:
    rows = [[told, f"{median(one.lanes_s[name] for one in sent) * 1000:.0f}"] for name, told in LANES.items()]
    return Table("Lanes, from begun to completed, in milliseconds", ("lane", "median"), rows)
