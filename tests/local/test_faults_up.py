"""`playhead up --faults FILE`: the faults begin with the command, and its account decides the exit status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

UNAVAILABLE = {"part": "identity", "at": "call", "do": "fail", "status": 503, "match": {"path": "/certs"}}
ELSEWHERE = {**UNAVAILABLE, "match": {"path": "/elsewhere"}}
FETCH_KEYS = """
import os, sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(os.environ["PLAYHEAD_OIDC_JWKS_URL"], timeout=5)
except urllib.error.HTTPError as error:
    sys.exit(7 if error.code == 503 else 1)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all runs: only the first of them makes keys."""
    return tmp_path_factory.mktemp("up")


def playhead_up(folder: Path, *faults: object) -> list[str]:
    plan = folder / "faults.json"
    plan.write_text(json.dumps({"faults": faults}))
    return [sys.executable, "-m", "shared.cli", "up", "--data", str(folder / "data"), "--faults", str(plan)]


@pytest.mark.parametrize(
    ("faults", "status", "said"),
    [
        ([UNAVAILABLE], 7, "All faults of the plan happened: 1\n"),
        ([UNAVAILABLE, ELSEWHERE], 3, "Faults of the plan that did not happen:\nfault 1 happened 0 of 1 times: {"),
    ],
)
def test_the_exit_status_is_the_commands_unless_a_fault_did_not_happen(
    folder: Path, faults: list[object], status: int, said: str
) -> None:
    command = [*playhead_up(folder, *faults), "--", sys.executable, "-c", FETCH_KEYS]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert ended.returncode == status
    assert said in ended.stderr


def test_without_a_command_the_account_is_shown_at_the_end(folder: Path) -> None:
    up = playhead_up(folder, ELSEWHERE)
    with subprocess.Popen(up, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "is up" in process.stdout.readline()
        process.terminate()
        _, said = process.communicate(timeout=20)

    assert process.returncode == 0
    assert "fault 0 happened 0 of 1 times" in said


@pytest.mark.parametrize(
    ("plan", "reason"),
    [('{"faults": [{"part": "moon"}]}', "Invalid enum value 'moon'"), (None, "No such file or directory")],
)
def test_a_plan_that_cannot_be_read_starts_nothing(tmp_path: Path, plan: str | None, reason: str) -> None:
    path = tmp_path / "faults.json"
    if plan is not None:
        path.write_text(plan)
    command = [sys.executable, "-m", "shared.cli", "up", "--data", str(tmp_path / "data"), "--faults", str(path)]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert ended.returncode == 2
    assert reason in ended.stderr
    assert not (tmp_path / "data").exists()
