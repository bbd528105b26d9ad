"""How long a narrated screen recording takes from its upload to an analysis, and how much memory its steps take."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import requests

from benchmarks import client
from benchmarks.feedback_film import narrated_film
from benchmarks.function_process import ROOT
from benchmarks.report import Figure, Limit, Section, Table
from shared import ports
from shared.recordings.runs import Run
from shared.wiring import wired

SHORT_S, LONG_S = 30, 180
SHORT_TURNS, LONG_TURNS = 3, 2
SHORT_LIMIT_S, LONG_LIMIT_S = 30, 0.35 * LONG_S
LIMIT_MB = 700
LOOK_EVERY_S = 0.05
PATIENCE_S = 300
#: The steps that hold pictures, sound or models.
HEAVY = ("extract_frames", "read_screens", "transcribe_speech", "refine_transcript")


def run() -> Section:
    short, long = narrated_film(SHORT_S), narrated_film(LONG_S)
    _analyze(short, SHORT_S)  # every worker has done it once
    shorts = [_analyze(short, SHORT_S) for _ in range(SHORT_TURNS)]
    longs = [_analyze(long, LONG_S) for _ in range(LONG_TURNS)]
    return Section(
        title="From the upload to an analysis",
        method="A narrated recording (1280×720, VP9 and Opus, a new screen every 2.6 s, somebody speaking most of the "
        "time) is put to the signed URL and analysed by the packaged models and the offline analyst. A step's memory "
        "is the peak of a process of its own that does nothing else with the longer one.",
        figures=[
            _figure(f"PUT to `analyzed`: {SHORT_S} s", shorts, SHORT_LIMIT_S),
            _figure(f"PUT to `analyzed`: {LONG_S} s (a real-time factor of 0.35)", longs, LONG_LIMIT_S),
            *(_peak(step, long) for step in HEAVY),
        ],
        tables=[_parts(shorts, longs)],
    )


def _analyze(film: bytes, length_s: int) -> tuple[float, Run]:
    """Upload and analyse a film; returns the seconds from the PUT's begin to `analyzed`, and the run."""
    recordings = f"{os.environ['PLAYHEAD_URL']}/feedback/api/feedback/recordings"
    headers = {"Authorization": f"Bearer {os.environ['PLAYHEAD_API_KEY']}"}
    created = _json(requests.post(recordings, json=_body(length_s), headers=headers, timeout=client.TIMEOUT_S))
    began = time.perf_counter()
    put = {"Content-Type": created["presignedVideoContentType"]}
    requests.put(created["uploadUrl"], data=film, headers=put, timeout=client.TIMEOUT_S).raise_for_status()
    recording = f"{recordings}/{created['recordingId']}"
    job = _json(requests.post(f"{recording}/analyze", headers=headers, timeout=client.TIMEOUT_S))["jobId"]
    while (status := _json(requests.get(recording, headers=headers, timeout=client.TIMEOUT_S))["status"]) != "analyzed":
        if status == "failed" or time.perf_counter() - began > PATIENCE_S:
            raise RuntimeError(f"the recording is {status}")
        time.sleep(LOOK_EVERY_S)
    return time.perf_counter() - began, wired(ports.Recordings).find_run(job)


def _body(length_s: int) -> dict[str, Any]:
    metadata = {
        "version": "1",
        "duration": length_s,
        "url": "https://app.example/",
        "title": "A long look",
        "intent": "",
    }
    return {"metadata": {**metadata, "features": {}, "visitedUrls": []}, "actions": []}


def _json(answer: requests.Response) -> Any:
    answer.raise_for_status()
    return answer.json()


def _figure(what: str, analyzed: Sequence[tuple[float, Run]], limit_s: float) -> Figure:
    return Figure(what=what, unit="s", values=[took_s for took_s, _ in analyzed], limit=Limit("≤", limit_s))


def _peak(step: str, film: bytes) -> Figure:
    """The peak of a process that does one step's work."""
    with TemporaryDirectory() as folder:
        video = Path(folder, "video.webm")
        video.write_bytes(film)
        command = [sys.executable, "-m", "benchmarks.feedback_peak", step, str(video)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    kilobytes: int = json.loads(done.stdout.splitlines()[-1])
    return Figure(what=f"peak memory of `{step}`", unit="MB", values=[kilobytes / 1024], limit=Limit("≤", LIMIT_MB))


def _parts(*of_lengths: Sequence[tuple[float, Run]]) -> Table:
    """How long each step was at it; several run at once."""
    steps = of_lengths[0][0][1].steps
    rows = [[f"`{step}`", *(_work_ms(step, analyzed) for analyzed in of_lengths)] for step in steps]
    return Table("Steps, from claimed to completed, in milliseconds", ("step", f"{SHORT_S} s", f"{LONG_S} s"), rows)


def _work_ms(step: str, analyzed: Sequence[tuple[float, Run]]) -> str:
    records = [run.steps[step] for _, run in analyzed]
    return f"{median(_between_s(record.started_at, record.completed_at) for record in records) * 1000:.0f}"


def _between_s(start: datetime | None, end: datetime | None) -> float:
    return (end - start).total_seconds() if start and end else 0
