"""The demo of the capture API: a browser extension's recording, by plain HTTP."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import requests

from demo.telling import PATIENCE_S, SAMPLE, json_of, save, timed


class CaptureDemo:
    """A client of the capture API."""

    def __init__(self, url: str, api_key: str) -> None:
        self._recordings = f"{url}/capture/api/v1/recordings"
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {api_key}"

    def run(self) -> Path:
        """Take the sample through the API; returns the playable video."""
        with timed("POST /capture/api/v1/recordings, with the rrweb events"):
            created = self._create()
            print(f"      recording {created['id']} is {created['status']}")
        with timed("PUT of the tab video to the signed URL"):
            print(f"      {self._upload(created['video_upload_url']):,} bytes; a browser's WebM: no duration, no index")
        with timed("the storage trigger confirms it, queues run the steps"):
            recording = self._wait_until_processed(created["id"])
        if recording["status"] != "ready":
            sys.exit("the recording has failed: see the logs under .playhead/logs")
        with timed("GET …/events?from_ms=3000&to_ms=6000"):
            events = self._read_events(created["id"], from_ms=3000, to_ms=6000)
            print(f"      {len(events)} of {recording['event_count']} events, from the full snapshot before")
        with timed("GET …/video, and the download"):
            target = self._download(created["id"])
            print(f"      {target.stat().st_size:,} bytes that play and seek")
        print(f"      pages visited: {', '.join(one['url'] for one in recording['navigations'])}")
        return target

    def _create(self) -> dict[str, Any]:
        about = json.loads((SAMPLE / "recording.json").read_text())
        body = {**about, "events": json.loads((SAMPLE / "events.json").read_text())}
        created: dict[str, Any] = json_of(self._http.post(self._recordings, json=body, timeout=30))
        return created

    def _upload(self, url: str) -> int:
        video = (SAMPLE / "video.webm").read_bytes()
        requests.put(url, data=video, timeout=60).raise_for_status()
        return len(video)

    def _wait_until_processed(self, id: str) -> dict[str, Any]:
        """Look at the recording until it is ready or has failed, and show when it moves on."""
        ends_at, seen = time.monotonic() + PATIENCE_S, ""
        while time.monotonic() < ends_at:
            recording: dict[str, Any] = json_of(self._http.get(f"{self._recordings}/{id}", timeout=30))
            if recording["status"] != seen:
                seen = recording["status"]
                print(f"      {seen}", flush=True)
            if seen in ("ready", "failed"):
                return recording
            time.sleep(0.1)
        sys.exit(f"still {seen} after {PATIENCE_S} s")

    def _read_events(self, id: str, *, from_ms: int, to_ms: int) -> list[dict[str, Any]]:
        window = {"from_ms": from_ms, "to_ms": to_ms}
        events: list[dict[str, Any]] = json_of(
            self._http.get(f"{self._recordings}/{id}/events", params=window, timeout=30)
        )
        return events

    def _download(self, id: str) -> Path:
        url = json_of(self._http.get(f"{self._recordings}/{id}/video", timeout=30))["video_url"]
        answer = requests.get(url, timeout=60)
        answer.raise_for_status()
        return save("video.webm", answer.content)
