"""The demo of the sessions API: the same video becomes frames, ARIA trees and a prompt for a coding agent."""

from __future__ import annotations

import base64
import sys
import time
from pathlib import Path
from typing import Any

import requests

from demo.telling import PATIENCE_S, SAMPLE, json_of, save, timed

LANES = {
    "frameExtraction": "frames",
    "visionLane": "reading",
    "playwrightLane": "page",
    "synthesis": "prompt",
}


class SessionsDemo:
    """A client of the sessions API."""

    def __init__(self, url: str, api_key: str, *, seed_url: str) -> None:
        self._api = f"{url}/sessions/api"
        self._seed_url = seed_url
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {api_key}"

    def run(self) -> Path:
        """Take the sample's video through the API; returns the prompt."""
        with timed("POST /sessions/api/recordings, the video as a form, with Prefer: respond-async"):
            id = self._upload()
            print(f"      session {id}")
        with timed("GET …/status, until it is complete"):
            self._wait(id)
        session = json_of(self._http.get(f"{self._api}/sessions/{id}", timeout=30))
        for frame in session["frames"]:
            changes = frame["diffSummary"]
            picture = base64.b64decode(frame["thumbnailUrl"].partition(",")[2])
            shown = save(f"{frame['id']}.png", picture)
            told = f"{changes['added']} added, {changes['changed']} changed, {changes['removed']} removed"
            print(f"      at {frame['timestamp'] / 1000:6.2f} s  {told:38}  {shown}")
        return save("prompt.md", session["prompt"].encode())

    def _upload(self) -> str:
        with (SAMPLE / "video.webm").open("rb") as video:
            answer = self._http.post(
                f"{self._api}/recordings",
                data={
                    "title": "A coupon that does not exist",
                    "seedUrl": self._seed_url,
                    "notes": "Say before the checkout that a coupon has expired.",
                },
                files={"file": ("video.webm", video, "video/webm")},
                headers={"Prefer": "respond-async"},
                timeout=60,
            )
        id: str = json_of(answer)["sessionId"]
        return id

    def _wait(self, id: str) -> None:
        ends_at, seen = time.monotonic() + PATIENCE_S, ""
        while time.monotonic() < ends_at:
            status: dict[str, Any] = json_of(self._http.get(f"{self._api}/sessions/{id}/status", timeout=30))
            lanes = status["processingStatus"]
            told = "  ".join(f"{word}: {_lane(lanes[lane])}" for lane, word in LANES.items())
            if told != seen:
                seen = told
                print(f"      {told}", flush=True)
            if status["sessionStatus"] == "complete":
                return
            if status["sessionStatus"] == "error":
                sys.exit(f"the session has failed: {status['lastError']}")
            time.sleep(0.2)
        sys.exit(f"not complete after {PATIENCE_S} s")


def _lane(lane: dict[str, Any]) -> str:
    return f"{lane['status']} ({lane['detail']})" if lane.get("detail") else str(lane["status"])
