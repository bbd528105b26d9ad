"""A platform of the sessions benchmarks' own: its deployment lists the demo site, which is not on the internet."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import requests

from benchmarks.client import TIMEOUT_S
from demo.site.server import serve
from shared.cli.environment import read_environment

SCREENS = Path(__file__).resolve().parents[1] / "demo" / "screens" / "sample" / "video.webm"
_OURS = ("PLAYHEAD_", "FIRESTORE_", "STORAGE_", "CLOUD_TASKS_", "GOOGLE_", "AWS_", "LOCALSTACK_")
_STOP_WITHIN_S = 30


@dataclass(frozen=True, slots=True)
class SessionsApi:
    """A client of the sessions API, and the URL that its sessions are about."""

    url: str
    authorization: dict[str, str]
    seed_url: str

    def post(self, title: str, video: bytes) -> requests.Response:
        """Send a recording as a form, and wait until it is answered."""
        return self._post("/recordings", data=self._fields(title), files={"file": ("video.webm", video, "video/webm")})

    def put(self, title: str, video: bytes) -> requests.Response:
        """Put a recording where a signed URL says, name it, and wait until that is answered."""
        granted = self._post("/recordings/uploads", json={})
        granted.raise_for_status()
        requests.put(granted.json()["uploadUrl"], data=video, timeout=TIMEOUT_S).raise_for_status()
        fields = {**self._fields(title), "uploadId": granted.json()["uploadId"]}
        return self._post("/recordings", files={name: (None, value) for name, value in fields.items()})

    def get(self, path: str) -> Any:
        """The JSON of an answer that is 200."""
        answer = requests.get(f"{self.url}{path}", headers=self.authorization, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.json()

    def _fields(self, title: str) -> dict[str, str]:
        return {"title": title, "seedUrl": self.seed_url}

    def _post(self, path: str, **body: Any) -> requests.Response:
        return requests.post(f"{self.url}{path}", headers=self.authorization, timeout=2 * TIMEOUT_S, **body)


@contextmanager
def sessions_platform() -> Iterator[SessionsApi]:
    """Run the demo site and a platform that lists it, on an empty folder."""
    site = serve()
    host = f"127.0.0.1:{site.server_port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    environment = {**kept, "PLAYHEAD_ALLOWED_HOSTS": json.dumps([host])}
    try:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "shared.cli", "up", "--data", folder]
            with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
                yield _api_of(process, Path(folder), f"http://{host}/")
                process.send_signal(signal.SIGTERM)
                process.wait(_STOP_WITHIN_S)
    finally:
        site.shutdown()
        site.server_close()


def first_seconds(length_s: float) -> bytes:
    """The beginning of the demo's recording of 55 s and 21 screens, as MediaRecorder made it: 1280×720, VP9."""
    film = BytesIO()
    with av.open(str(SCREENS)) as whole, av.open(film, "w", format="webm", options={"live": "1"}) as cut:
        source = whole.streams.video[0]
        target = cut.add_stream_from_template(source)
        for packet in whole.demux(source):
            if packet.pts is None or packet.pts * packet.time_base > length_s:
                continue
            packet.stream = target
            cut.mux(packet)
    return film.getvalue()


def _api_of(process: subprocess.Popen[str], data: Path, seed_url: str) -> SessionsApi:
    first_line = process.stdout.readline() if process.stdout else ""
    if "is up" not in first_line:
        process.kill()
        raise RuntimeError(f"the platform did not start: {first_line!r}")
    environment = read_environment(data)
    headers = {"Authorization": f"Bearer {environment['PLAYHEAD_API_KEY']}"}
    return SessionsApi(f"{environment['PLAYHEAD_URL']}/sessions/api", headers, seed_url)
