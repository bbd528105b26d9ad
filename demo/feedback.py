"""The demo of the feedback API: the video with its narration, and the page's log, become an analysis with evidence."""

from __future__ import annotations

import io
import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import requests

from demo.client_log import ClientLog
from demo.telling import PATIENCE_S, SAMPLE, json_of, save, timed


class FeedbackDemo:
    """A client of the feedback API."""

    def __init__(self, url: str, api_key: str) -> None:
        self._api = f"{url}/feedback/api/feedback/recordings"
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {api_key}"

    def run(self) -> Path:
        """Take the narrated sample through the API; returns the analysis."""
        with timed("POST /feedback/api/feedback/recordings, with the visitor's actions and the page's console"):
            created = json_of(self._http.post(self._api, json=created_body(), timeout=60))
            recording = f"{self._api}/{created['recordingId']}"
        with timed("PUT of the narrated video to the signed URL"):
            content_type = created["presignedVideoContentType"]
            put = requests.put(
                created["uploadUrl"], data=narrated_video(), headers={"Content-Type": content_type}, timeout=60
            )
            put.raise_for_status()
        with timed("POST …/analyze, and GET until it is analyzed"):
            json_of(self._http.post(f"{recording}/analyze", timeout=60))
            self._wait(recording)
        summary = json_of(self._http.get(f"{recording}/summary", timeout=30))
        for finding in summary["keyFindings"]:
            print(f"      {finding}")
        return self._keep(recording)

    def _wait(self, recording: str) -> None:
        ends_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends_at:
            status = json_of(self._http.get(recording, timeout=30))["status"]
            if status == "analyzed":
                return
            if status == "failed":
                sys.exit("the analysis has failed")
            time.sleep(0.2)
        sys.exit(f"not analyzed after {PATIENCE_S} s")

    def _keep(self, recording: str) -> Path:
        captions = self._http.get(f"{recording}/transcript", headers={"Accept": "text/vtt"}, timeout=30)
        print(f"      the transcript: {save('transcript.vtt', captions.content)}")
        analysis = self._http.get(f"{recording}/analysis", headers={"Accept": "text/markdown"}, timeout=30)
        return save("analysis.md", analysis.content)


def narrated_video() -> bytes:
    """The sample's pictures with the narration as their sound, joined without encoding anything anew."""
    joined = io.BytesIO()
    with (
        av.open(SAMPLE / "video.webm") as pictures,
        av.open(SAMPLE / "narration.webm") as speech,
        av.open(joined, "w", format="webm") as output,
    ):
        video = output.add_stream_from_template(pictures.streams.video[0])
        audio = output.add_stream_from_template(speech.streams.audio[0])
        packets: list[tuple[av.Packet[Any], Any]] = [(packet, video) for packet in pictures.demux(video=0)]
        packets += [(packet, audio) for packet in speech.demux(audio=0)]
        whole = [
            (packet.pts * packet.time_base, packet, target) for packet, target in packets if packet.pts is not None
        ]
        for _, packet, target in sorted(whole, key=lambda one: one[0]):
            packet.stream = target
            output.mux(packet)
    return joined.getvalue()


def created_body() -> dict[str, Any]:
    described = json.loads((SAMPLE / "recording.json").read_text())
    log = ClientLog(json.loads((SAMPLE / "events.json").read_text()))
    started, ended = (datetime.fromisoformat(described[name]) for name in ("started_at", "ended_at"))
    return {
        "metadata": {
            "version": "1",
            "duration": (ended - started).total_seconds(),
            "startedAt": described["started_at"],
            "url": log.urls[0],
            "title": described["name"],
            "intent": "Say before the checkout that a coupon has expired.",
            "features": {"microphone": True},
            "visitedUrls": list(dict.fromkeys(log.urls)),
        },
        "actions": log.actions,
        "browserState": {"consoleLogs": log.console, "networkRequests": []},
        "videoContentType": "video/webm",
    }
