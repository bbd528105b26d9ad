"""A cold start pays for one function: importing it loads nothing that only others need, and no client yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tests.unit.environment import ENVIRONMENT as SETTINGS

HEAVY = {
    "av",
    "boto3",
    "botocore",
    "cloudflare",
    "grpc",
    "imageio",
    "imageio_ffmpeg",
    "moto",
    "moviepy",
    "numpy",
    "PIL",
    "playwright",
    "pulumi",
    "pytest",
    "starlette",
    "uvicorn",
}
CLIENTS = {"google.auth", "google.cloud.firestore", "google.cloud.storage", "google.cloud.tasks_v2"}
CATALOGUE: dict[str, Any] = json.loads((ROOT / "functions" / "catalogue.json").read_text())
API_FUNCTIONS = {one["name"]: one["kind"] for one in CATALOGUE["functions"] if one["profile"] == "api"}
IMPORT = (
    "import json, sys; from functions import main; getattr(main, sys.argv[1]); "
    "print(json.dumps([name for name in sys.modules if sys.modules[name] is not None]))"
)

every_api_function = pytest.mark.parametrize("name", API_FUNCTIONS)


@cache
def loaded() -> dict[str, set[str]]:
    """What a new process has loaded when it has imported one function, for every function of the API profile."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip(API_FUNCTIONS, pool.map(_import, API_FUNCTIONS), strict=True))


def _import(name: str) -> set[str]:
    # A function is imported as the platform does it: with its settings, and without this process's own.
    environment = {"PATH": os.environ["PATH"], **SETTINGS}
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, name], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@every_api_function
def test_an_api_function_loads_nothing_heavy(name: str) -> None:
    roots = {module.partition(".")[0] for module in loaded()[name]}

    assert roots & HEAVY == set()


@every_api_function
def test_an_api_function_makes_no_client_until_it_is_called(name: str) -> None:
    assert loaded()[name] & CLIENTS == set()


@every_api_function
def test_an_api_function_loads_no_other_function_and_not_the_local_platform(name: str) -> None:
    folder, _, action = name.partition("_")
    leaves = {module for module in loaded()[name] if module.startswith("functions.") and module.count(".") == 2}

    assert leaves == {f"functions.{folder}.{action}"}
    assert not any(module.startswith(("shared.local", "shared.cli", "infra", "tests")) for module in loaded()[name])


@pytest.mark.parametrize("name", [name for name, kind in API_FUNCTIONS.items() if kind != "step"])
def test_only_steps_know_media(name: str) -> None:
    assert not any(module.startswith("shared.media") for module in loaded()[name])


def test_a_function_that_does_not_exist_is_no_attribute() -> None:
    asked = subprocess.run(
        [sys.executable, "-c", IMPORT, "capture_no_such_thing"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert "AttributeError: there is no function capture_no_such_thing" in asked.stderr


def test_a_function_without_its_settings_stops_at_the_start_and_names_them() -> None:
    environment = {name: value for name, value in SETTINGS.items() if name != "PLAYHEAD_PROJECT"}

    started = subprocess.run(
        [sys.executable, "-c", IMPORT, "capture_get_recording"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert started.returncode != 0
    assert "PLAYHEAD_PROJECT" in started.stderr
