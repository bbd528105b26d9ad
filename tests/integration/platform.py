"""A running platform for tests, and clients of its APIs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import psutil
import requests

from shared.cli.environment import read_environment
from shared.local.identity.tokens import TokenSigner

T = TypeVar("T")

START_S = 60
TIMEOUT_S = 30
PROCESSING_S = 120

#: What the tests change: the caps of the cloud, and leases that run out while somebody watches.
TEST_SETTINGS = {
    "PLAYHEAD_STEP_LEASE_S": "3",
    "PLAYHEAD_MAX_REQUEST_BYTES": str(32 * 1024 * 1024),
    "PLAYHEAD_MAX_STREAM_BYTES": "10000000",
    "PLAYHEAD_CORS_ORIGINS": '["https://app.example"]',
}


def eventually(look: Callable[[], T | None], *, within_s: float = 30, what: str = "it") -> T:
    """What `look` returns as soon as it is true.

    Raises:
        AssertionError: it has not become true in time.
    """
    ends_at = time.monotonic() + within_s
    while True:
        if found := look():
            return found
        assert time.monotonic() < ends_at, f"{what} did not happen within {within_s} s"
        time.sleep(0.05)


def patiently(call: Callable[[], requests.Response], *, within_s: float = 30) -> requests.Response:
    """The answer, though the worker may just be starting again."""
    ends_at = time.monotonic() + within_s
    while True:
        with suppress(requests.ConnectionError):
            return call()
        assert time.monotonic() < ends_at, "the API does not come back"
        time.sleep(0.1)


@dataclass
class RunningPlatform:
    """`playhead up` on a data folder, in a process of its own."""

    data: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return self.environment["PLAYHEAD_URL"]

    def client(self, key: str | None = None) -> Capture:
        """A client with this key; by default the first tenant's admin key."""
        return Capture(self.url, key or self.environment["PLAYHEAD_API_KEY"])

    def sessions(self, key: str | None = None) -> Sessions:
        """A client of the sessions API with this key; by default the first tenant's admin key."""
        return Sessions(self.url, key or self.environment["PLAYHEAD_API_KEY"])

    def make_key(self, tenant: str, user: str = "api") -> str:
        """A key of a tenant, by the command line."""
        command = [sys.executable, "-m", "shared.cli", "keys", "create", "--data", str(self.data)]
        command += ["--tenant", tenant, "--user", user]
        made = subprocess.run(command, env=clean_environment(), check=True, capture_output=True, text=True)
        return made.stdout.strip()

    def run_job(self, name: str) -> requests.Response:
        """Fire one job now, through the scheduler."""
        return requests.post(f"{self.scheduler}/run/{name}", timeout=TIMEOUT_S)

    @property
    def scheduler(self) -> str:
        ports = json.loads((self.data / "ports.json").read_text())
        return f"http://127.0.0.1:{ports['scheduler']}"

    def part(self, name: str) -> psutil.Process:
        """The process that leads a part: `api`, `media`, `tasks`, `storage`, `firestore`, …"""
        for process in psutil.Process(self.process.pid).children():
            words = process.cmdline()
            if f"shared.local.{name}" in words or ("--profile" in words and name in words):
                return process
        raise AssertionError(f"no part {name}")

    def kill(self, name: str) -> None:
        """End a part with all its processes, as a crash would."""
        os.killpg(self.part(name).pid, signal.SIGKILL)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Stop a part in its tracks for a while, as a machine that hangs would."""
        group = self.part(name).pid
        os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(group, signal.SIGCONT)

    def invoke(self, function: str, account: str, body: Any, **headers: str) -> requests.Response:
        """Call a private function as the platform itself does, with the account's token."""
        url = json.loads(self.environment["PLAYHEAD_FUNCTION_URLS"])[function]
        signer = TokenSigner(self.environment["PLAYHEAD_OIDC_ISSUER"], self.data / "identity" / "key.pem")
        token = signer.token(self.environment[f"PLAYHEAD_{account}_INVOKER"], url)
        return requests.post(url, json=body, headers={"Authorization": f"Bearer {token}", **headers}, timeout=TIMEOUT_S)

    def logs(self, part: str) -> str:
        """Everything that a part has logged."""
        return (self.data / "logs" / f"{part}.log").read_text()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(20)


@dataclass
class Client:
    """A client of one API, by plain HTTP."""

    mount: ClassVar[str]

    url: str
    key: str | None
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.key:
            self.headers = {"Authorization": f"Bearer {self.key}", **self.headers}

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers, url = {**self.headers, **more.pop("headers", {})}, f"{self.url}{self.mount}{path}"
        return requests.request(method, url, headers=headers, allow_redirects=False, **{"timeout": TIMEOUT_S, **more})


@dataclass
class Capture(Client):
    """A client of the capture API."""

    mount = "/capture"

    def create(self, body: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Create a recording; fails the test when that is refused."""
        answer = self.call("POST", "/api/v1/recordings", json={**minimal(), **(body or {})}, **more)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def get(self, id: str) -> requests.Response:
        return self.call("GET", f"/api/v1/recordings/{id}")

    def recording(self, id: str) -> dict[str, Any]:
        answer = self.get(id)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def delete(self, id: str) -> requests.Response:
        return self.call("DELETE", f"/api/v1/recordings/{id}")

    def confirm(self, id: str) -> requests.Response:
        return self.call("POST", f"/api/v1/recordings/{id}/confirm")

    def upload(self, created: Mapping[str, Any], video: bytes) -> None:
        """Put the bytes where the signed URL says."""
        requests.put(created["video_upload_url"], data=video, timeout=TIMEOUT_S).raise_for_status()

    def wait_for(self, id: str, *statuses: str, within_s: float = 60) -> dict[str, Any]:
        """The recording, once it has one of these statuses."""
        wanted = statuses or ("ready", "failed")

        def look() -> dict[str, Any] | None:
            recording = self.recording(id)
            return recording if recording["status"] in wanted else None

        return eventually(look, within_s=within_s, what=f"{' or '.join(wanted)} of {id}")


@dataclass
class Sessions(Client):
    """A client of the sessions API."""

    mount = "/sessions/api"

    def create(self, **body: Any) -> dict[str, Any]:
        """Begin a session that is tracked by hand; fails the test when that is refused."""
        answer = self.call("POST", "/sessions", json={"title": "A session", **body})
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def session(self, id: str) -> dict[str, Any]:
        answer = self.call("GET", f"/sessions/{id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def status(self, id: str) -> dict[str, Any]:
        answer = self.call("GET", f"/sessions/{id}/status")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def listed(self) -> list[dict[str, Any]]:
        answer = self.call("GET", "/sessions")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def patch(self, id: str, **changes: Any) -> requests.Response:
        return self.call("PATCH", f"/sessions/{id}", json=changes)

    def delete(self, id: str) -> requests.Response:
        return self.call("DELETE", f"/sessions/{id}")

    def upload(self, video: bytes | None, fields: Mapping[str, str], **headers: str) -> requests.Response:
        """Send a recording as a form, without a file where there is no video."""
        files = {name: (None, text) for name, text in fields.items()}
        file = {} if video is None else {"file": ("video.webm", video, "video/webm")}
        return self.call("POST", "/recordings", files={**files, **file}, headers=headers, timeout=PROCESSING_S)

    def wait_for(self, id: str, *statuses: str, within_s: float = 60) -> dict[str, Any]:
        """What `/status` says of the session, once it has one of these statuses."""
        wanted = statuses or ("complete", "error")

        def look() -> dict[str, Any] | None:
            status = self.status(id)
            return status if status["sessionStatus"] in wanted else None

        return eventually(look, within_s=within_s, what=f"{' or '.join(wanted)} of {id}")


def minimal() -> dict[str, Any]:
    """The smallest body of a create."""
    return {"started_at": "2026-05-04T10:00:00Z", "events": []}


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without anything of a running platform."""
    prefixes = ("PLAYHEAD_", "FIRESTORE_", "STORAGE_", "CLOUD_TASKS_", "GOOGLE_", "AWS_", "LOCALSTACK_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return {**kept, **(more or {})}


def start_platform(data: Path, settings: Mapping[str, str] = TEST_SETTINGS) -> RunningPlatform:
    """`playhead up` on a folder, ready to be given faults; returns when it says that it is up."""
    no_faults = data / "no_faults.json"
    no_faults.write_text('{"faults": []}')
    environment_file = data / "env"
    environment_file.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "shared.cli", "up", "--data", str(data), "--faults", str(no_faults)],
        env=clean_environment(settings),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    first_line = process.stdout.readline().decode()
    assert "is up" in first_line, f"the platform did not start: {first_line!r}"
    return RunningPlatform(data, process, read_environment(data))


@contextmanager
def running_platform(data: Path, settings: Mapping[str, str] = TEST_SETTINGS) -> Iterator[RunningPlatform]:
    """A platform that is stopped in the end."""
    platform = start_platform(data, settings)
    try:
        yield platform
    finally:
        if platform.process.poll() is None:
            platform.stop()
