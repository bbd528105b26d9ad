"""The realtimekit part as its own process, the real client of it, and what tests ask of the world."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import requests
from cloudflare import Cloudflare

from shared.local.faults.arming import arm, armed, faults_folder
from shared.local.realtimekit.config import ACCOUNT_ID, API_TOKEN, APP_ID
from tests.local.part_process import free_port, wait_until

STEP_S = 0.05
APP = {"account_id": ACCOUNT_ID, "app_id": APP_ID}
TIMEOUT_S = 10


class RealtimeKitPart:
    """One server over one data folder: it can be killed, and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        arm(faults_folder(folder), [])

    def start(self, **config: object) -> None:
        """Start the process and wait until it answers."""
        file = self.folder / "realtimekit.json"
        file.write_text(json.dumps({"step_s": STEP_S, **config}))
        options = ["--port", str(self.port), "--data", str(self.folder), "--config", str(file)]
        options += ["--faults", str(faults_folder(self.folder))]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "shared.local.realtimekit", *options], start_new_session=True
        )
        wait_until(lambda: requests.get(f"{self.url}/healthz", timeout=5).ok)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the process by a signal, and return its exit status."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(timeout=10)

    def wait_for_its_end(self) -> int:
        """Return the exit status as soon as the process has ended by itself."""
        assert self._process is not None
        return self._process.wait(timeout=10)

    @property
    def runs(self) -> bool:
        """Say whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def client(self, token: str = API_TOKEN) -> Any:
        """Return Cloudflare's client of the service; it repeats nothing by itself."""
        cloudflare = Cloudflare(api_token=token, base_url=f"{self.url}/client/v4", max_retries=0, timeout=TIMEOUT_S)
        return cloudflare.realtime_kit

    def ask(self, method: str, path: str, content: object = None) -> Any:
        """Ask something of the world that the server lives in, and return what it says."""
        answer = requests.request(method, f"{self.url}/_control{path}", json=content, timeout=TIMEOUT_S)
        assert answer.ok, answer.text
        return answer.json()

    def new_meeting(self, **fields: object) -> str:
        """Make a meeting and return its id."""
        meeting: str = self.client().meetings.create(APP_ID, account_id=ACCOUNT_ID, **fields).data.id
        return meeting

    def start_recording(self, meeting_id: str, **fields: object) -> Any:
        """Begin to record a meeting and return the recording."""
        return (
            self.client().recordings.start_recordings(APP_ID, account_id=ACCOUNT_ID, meeting_id=meeting_id, **fields)
        ).data

    def act(self, recording_id: str, action: str) -> Any:
        """Stop, pause or resume a recording and return it."""
        return self.client().recordings.pause_resume_stop_recording(recording_id, **APP, action=action).data

    def recording(self, recording_id: str) -> Any:
        """Return a recording."""
        return self.client().recordings.get_one_recording(recording_id, **APP).data

    def wait_for_status(self, recording_id: str, status: str) -> Any:
        """Return a recording as soon as it has this status."""
        return wait_until(lambda: self._with_status(recording_id, status))

    def finished_recording(self, meeting_id: str) -> Any:
        """Return a recording that has been uploaded."""
        recording_id = self.start_recording(meeting_id).id
        self.ask("POST", f"/recordings/{recording_id}/advance", {"to": "UPLOADED"})
        return self.recording(recording_id)

    def webhooks(self, meeting_id: str) -> list[dict[str, Any]]:
        """Return every webhook of a meeting, oldest first."""
        webhooks: list[dict[str, Any]] = self.ask("GET", f"/meetings/{meeting_id}/webhooks")
        return webhooks

    def armed(self, at: str, do: str, **options: object) -> contextlib.AbstractContextManager[None]:
        """Run a block with one fault, which must happen."""
        fault: Mapping[str, object] = {"part": "realtimekit", "at": at, "do": do, **options}
        return armed(self.folder, [fault])

    def _with_status(self, recording_id: str, status: str) -> Any:
        recording = self.recording(recording_id)
        return recording if recording.status == status else None


@contextlib.contextmanager
def new_part(folder: Path) -> Iterator[RealtimeKitPart]:
    """Give a server that the block starts, and that is ended with the block if it still runs."""
    part = RealtimeKitPart(folder)
    try:
        yield part
    finally:
        if part.runs:
            part.stop(signal.SIGKILL)
