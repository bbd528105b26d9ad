"""The demo: a real browser recording goes through a running platform, by plain HTTP and nothing else.

Run by `make demo`, or by hand against any platform: `PLAYHEAD_URL=… PLAYHEAD_API_KEY=… python -m demo.run`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

SAMPLE = Path(__file__).parent / "sample"
OUTPUT = Path(os.environ.get("PLAYHEAD_DATA", ".playhead"), "demo")
PATIENCE_S = 120


class Demo:
    """A client of the capture API."""

    def __init__(self, url: str, api_key: str) -> None:
        self._recordings = f"{url}/capture/api/v1/recordings"
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {api_key}"

    def create(self) -> dict[str, Any]:
        """Create a recording from the sample's rrweb events."""
        about = json.loads((SAMPLE / "recording.json").read_text())
        body = {**about, "events": json.loads((SAMPLE / "events.json").read_text())}
        created: dict[str, Any] = self._json(self._http.post(self._recordings, json=body, timeout=30))
        return created

    def upload(self, url: str) -> int:
        """Put the sample's video where the signed URL says; returns its size in bytes."""
        video = (SAMPLE / "video.webm").read_bytes()
        requests.put(url, data=video, timeout=60).raise_for_status()
        return len(video)

    def wait_until_processed(self, id: str) -> dict[str, Any]:
        """Look at the recording until it is ready or has failed, and show when it moves on."""
        ends_at, seen = time.monotonic() + PATIENCE_S, ""
        while time.monotonic() < ends_at:
            recording: dict[str, Any] = self._json(self._http.get(f"{self._recordings}/{id}", timeout=30))
            if recording["status"] != seen:
                seen = recording["status"]
                print(f"      {seen}", flush=True)
            if seen in ("ready", "failed"):
                return recording
            time.sleep(0.1)
        sys.exit(f"still {seen} after {PATIENCE_S} s")

    def read_events(self, id: str, *, from_ms: int, to_ms: int) -> list[dict[str, Any]]:
        """Read the events of a stretch of time, from the snapshot that a player needs."""
        window = {"from_ms": from_ms, "to_ms": to_ms}
        events: list[dict[str, Any]] = self._json(
            self._http.get(f"{self._recordings}/{id}/events", params=window, timeout=30)
        )
        return events

    def download(self, id: str) -> Path:
        """Download the playable video."""
        url = self._json(self._http.get(f"{self._recordings}/{id}/video", timeout=30))["video_url"]
        answer = requests.get(url, timeout=60)
        answer.raise_for_status()
        OUTPUT.mkdir(parents=True, exist_ok=True)
        target = OUTPUT / "video.webm"
        target.write_bytes(answer.content)
        return target

    @staticmethod
    def _json(answer: requests.Response) -> Any:
        if not answer.ok:
            sys.exit(f"{answer.request.method} answered {answer.status_code}: {answer.text}")
        return answer.json()


@contextmanager
def timed(sentence: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    print(f"  {sentence}", flush=True)
    started = time.monotonic()
    yield
    print(f"      took {time.monotonic() - started:.2f} s", flush=True)


def main() -> None:
    url = os.environ["PLAYHEAD_URL"]
    demo = Demo(url, os.environ["PLAYHEAD_API_KEY"])
    print(f"Playhead runs at {url}. Taking a recording of the demo site through it:")
    with timed("POST /capture/api/v1/recordings, with the rrweb events"):
        created = demo.create()
        print(f"      recording {created['id']} is {created['status']}")
    with timed("PUT of the tab video to the signed URL"):
        print(f"      {demo.upload(created['video_upload_url']):,} bytes; a browser's WebM: no duration, no index")
    with timed("the storage trigger confirms it, queues run the steps"):
        recording = demo.wait_until_processed(created["id"])
    if recording["status"] != "ready":
        sys.exit("the recording has failed: see the logs under .playhead/logs")
    with timed("GET …/events?from_ms=3000&to_ms=6000"):
        events = demo.read_events(created["id"], from_ms=3000, to_ms=6000)
        print(f"      {len(events)} of {recording['event_count']} events, from the full snapshot before")
    with timed("GET …/video, and the download"):
        target = demo.download(created["id"])
        print(f"      {target.stat().st_size:,} bytes that play and seek")
    print(f"Pages visited: {', '.join(one['url'] for one in recording['navigations'])}")
    print("Where to look:")
    print(f"  the playable video        {target}")
    print(f"  logs of every part        {OUTPUT.parent / 'logs'}/")
    print("  the API in a browser      make up, then open <API>/docs/")


if __name__ == "__main__":
    main()
