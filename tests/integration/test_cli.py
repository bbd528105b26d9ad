"""The command line: `playhead up` and `playhead keys`."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from shared.cli.environment import read_environment
from tests.integration.platform import RunningPlatform, clean_environment

PLAYHEAD = str(Path(sys.executable).parent / "playhead")
#: Leaves what it sees where a test can look, and a status that nobody takes for another.
LOOK_AROUND = r"""
curl --silent --fail --header "Authorization: Bearer $PLAYHEAD_API_KEY" \
    "$PLAYHEAD_URL/capture/api/v1/recordings" > listed.json || exit 1
env > seen
exit 7
"""


@dataclass(frozen=True)
class Finished:
    """A platform that has run a command and is gone."""

    data: Path
    folder: Path
    status: int


def playhead(*arguments: str, folder: Path, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PLAYHEAD, *arguments],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """`playhead up -- sh -c …` on a new folder, to its end."""
    folder = tmp_path_factory.mktemp("finished")
    ended = playhead("up", "--data", str(folder / "data"), "--", "sh", "-c", LOOK_AROUND, folder=folder)
    return Finished(folder / "data", folder, ended.returncode)


def test_up_returns_the_status_of_the_command(finished: Finished) -> None:
    assert finished.status == 7


def test_the_command_reaches_the_platform_by_its_environment_alone(finished: Finished) -> None:
    listed = json.loads((finished.folder / "listed.json").read_text())

    assert listed == {"recordings": [], "next_cursor": None}


def test_the_environment_file_says_what_the_command_saw(finished: Finished) -> None:
    seen = dict(line.partition("=")[::2] for line in (finished.folder / "seen").read_text().splitlines())

    written = read_environment(finished.data)
    assert {"PLAYHEAD_URL", "PLAYHEAD_API_KEY", "FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"} <= set(written)
    assert {name: seen.get(name) for name in written} == written


def test_a_shell_can_source_the_environment_file(finished: Finished) -> None:
    script = f". {finished.data}/env && {sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"

    sourced = subprocess.run(["sh", "-c", script], env={"PATH": os.defpath}, capture_output=True, check=True, text=True)

    written = read_environment(finished.data)
    assert json.loads(sourced.stdout).items() >= written.items()


@pytest.mark.parametrize("name", ["env", "api_key", "key_pepper", "identity/key.pem", "identity/functions.json"])
def test_what_holds_a_secret_is_for_its_owner_alone(finished: Finished, name: str) -> None:
    assert stat.S_IMODE((finished.data / name).stat().st_mode) == 0o600


def test_nothing_of_the_platform_is_left_running(finished: Finished) -> None:
    lines = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]

    assert [line for line in lines if str(finished.data) in line] == []


def test_a_key_of_a_new_tenant_works_at_once(platform: RunningPlatform, tmp_path: Path) -> None:
    made = playhead("keys", "create", "--data", str(platform.data), "--tenant", "newcomers", folder=tmp_path)

    assert made.returncode == 0, made.stderr
    client = platform.client(made.stdout.strip())
    recording = client.recording(client.create({"has_video": True})["id"])
    assert (recording["tenant_id"], recording["user_id"]) == ("newcomers", "api")


def test_a_key_is_printed_alone_and_kept_nowhere(platform: RunningPlatform, tmp_path: Path) -> None:
    options = ["--tenant", "newcomers", "--user", "ada", "--role", "admin"]

    made = playhead("keys", "create", "--data", str(platform.data), *options, folder=tmp_path)

    assert made.stdout.count("\n") == 1
    assert made.stderr == ""
    secret = made.stdout.strip().encode()[-43:]
    files = [path for path in platform.data.rglob("*") if path.is_file()]
    assert [path.name for path in files if secret in path.read_bytes()] == []


def refused(folder: Path, arguments: Sequence[str], timeout_s: float = 30) -> str:
    """What a command says that cannot be done: a sentence, not a traceback."""
    started = time.monotonic()
    try:
        ended = playhead(*arguments, folder=folder, timeout_s=timeout_s)
    except subprocess.TimeoutExpired:
        pytest.fail(f"no answer after {time.monotonic() - started:.0f} s")
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.stderr


def test_a_key_without_a_platform_is_refused_and_says_so(tmp_path: Path) -> None:
    said = refused(tmp_path, ["keys", "create", "--data", "nothing", "--tenant", "newcomers"])

    assert "no platform has run" in said
    assert not (tmp_path / "nothing").exists()


def test_a_key_of_a_platform_that_was_stopped_is_refused_and_says_so(finished: Finished) -> None:
    arguments = ["keys", "create", "--data", str(finished.data), "--tenant", "newcomers"]

    said = refused(finished.folder, arguments, timeout_s=15)

    assert "playhead up" in said


@pytest.mark.parametrize(
    "arguments", [[], ["down"], ["keys"], ["keys", "create"], ["keys", "create", "--role", "king"]]
)
def test_a_command_that_is_none_is_refused_with_how_it_goes(tmp_path: Path, arguments: list[str]) -> None:
    assert "usage: playhead" in refused(tmp_path, arguments)


def test_a_second_platform_on_the_same_data_is_refused(platform: RunningPlatform, tmp_path: Path) -> None:
    said = refused(tmp_path, ["up", "--data", str(platform.data)])

    assert "in use by another platform" in said
    assert platform.client().call("GET", "/api/v1/recordings/unknown").status_code == 404


def test_a_command_that_is_not_there_is_refused_by_its_name(finished: Finished) -> None:
    said = refused(finished.folder, ["up", "--data", str(finished.data), "--", "no-such-command"])

    assert "no-such-command" in said


def test_two_dashes_without_a_command_are_refused_with_how_it_goes(finished: Finished) -> None:
    assert "usage: playhead" in refused(finished.folder, ["up", "--data", str(finished.data), "--"])
