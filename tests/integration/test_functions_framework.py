"""The very command that a deployment runs: functions-framework on the one source file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from shared.structs import replace
from tests.integration.invocations import invocation_of
from tests.integration.platform import Capture, RunningPlatform, clean_environment, eventually
from tests.integration.refusals import refusal

ROOT = Path(__file__).parents[2]
COMMAND = [str(Path(sys.executable).parent / "functions-framework"), "--source", str(ROOT / "functions" / "main.py")]
PATH = "/api/v1/recordings"
START_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(target: str, environment: Mapping[str, str], folder: Path) -> Iterator[str]:
    """The function at a URL of its own, as its container would serve it."""
    port = free_port()
    command = [*COMMAND, "--target", target, "--host", "127.0.0.1", "--port", str(port)]
    log_path = folder / "server.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{port}"
            eventually(lambda: process.poll() is not None or is_listening(port), within_s=START_S, what=target)
            assert process.poll() is None, log_path.read_text()
            yield url
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start_that_fails(target: str, environment: Mapping[str, str], folder: Path) -> str:
    """What a server that cannot start says; fails when it starts all the same."""
    command = [*COMMAND, "--target", target, "--host", "127.0.0.1", "--port", str(free_port())]
    process = subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        said, _ = process.communicate(timeout=START_S / 3)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait(20)
        pytest.fail(f"{target} is serving")
    assert process.returncode != 0
    return said


def test_a_function_serves_requests_as_it_is_deployed(
    platform: RunningPlatform, capture: Capture, tmp_path: Path
) -> None:
    id = capture.create({"has_video": True})["id"]

    with serving("capture_get_recording", clean_environment(platform.environment), tmp_path) as url:
        found = requests.get(f"{url}{PATH}/{id}", headers=capture.headers, timeout=30)
        mounted = requests.get(f"{url}/capture{PATH}/{id}", headers=capture.headers, timeout=30)
        unknown = requests.get(f"{url}{PATH}/unknown", headers=capture.headers, timeout=30)
        elsewhere = requests.get(f"{url}{PATH}", headers=capture.headers, timeout=30)

    assert found.text == mounted.text == capture.get(id).text
    assert refusal(unknown, 404, "not_found") == "recording not found"
    assert refusal(elsewhere, 404, "not_found") == "no such path"


def test_a_trigger_takes_cloud_events_as_it_is_deployed(platform: RunningPlatform, tmp_path: Path) -> None:
    invocation = invocation_of(platform, "triggers_video_finalized")

    with serving(invocation.name, clean_environment(platform.environment), tmp_path) as url:
        deployed = replace(invocation, url=url)
        refused, taken = deployed.call(None), deployed.call(f"Bearer {invocation.good_token()}")

    assert (refused.status_code, taken.status_code) == (401, 200)


@pytest.mark.parametrize("target", ["capture_rewind_recording", "rewind", "steps", "main", "__init__"])
def test_a_target_that_is_no_function_does_not_start(platform: RunningPlatform, tmp_path: Path, target: str) -> None:
    said = start_that_fails(target, clean_environment(platform.environment), tmp_path)

    assert target in said


def test_a_function_does_not_start_without_its_settings_and_names_them(tmp_path: Path) -> None:
    said = start_that_fails("capture_get_recording", clean_environment(), tmp_path)

    assert "PLAYHEAD_PROJECT" in said
    assert "PLAYHEAD_KEY_PEPPER" in said


def test_a_function_does_not_trust_a_platform_that_it_is_not_on(platform: RunningPlatform, tmp_path: Path) -> None:
    """Without Cloud Run in front of it nobody has checked the signature of a token."""
    environment = clean_environment({**platform.environment, "PLAYHEAD_OIDC_TRUST": "platform"})
    assert "K_SERVICE" not in os.environ

    said = start_that_fails("steps_finish_capture", environment, tmp_path)

    assert "oidc_trust" in said
