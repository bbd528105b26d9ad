"""A cold start pays for one function: importing it loads nothing that only others need, and no client yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
IMPORT = "import sys; from functions import main; getattr(main, sys.argv[1])"
#: Every function in a process of its own, forked where the edge and the settings are loaded; prints what each has then.
IMPORT_EACH = """
import json, os, sys
import functions_framework, functions.main, shared.edge.endpoint, shared.settings
sys.stdout.write("{")
for number, name in enumerate(sys.argv[1:]):
    sys.stdout.write("," * (number > 0))
    sys.stdout.flush()
    if os.fork() == 0:
        getattr(functions.main, name)
        loaded = [module for module in sys.modules if sys.modules[module] is not None]
        sys.stdout.write(json.dumps(name) + ":" + json.dumps(loaded))
        sys.stdout.flush()
        os._exit(0)
    os.wait()
sys.stdout.write("}")
"""

every_api_function = pytest.mark.parametrize("name", API_FUNCTIONS)


@cache
def loaded() -> dict[str, set[str]]:
    """What a new process has loaded when it has imported one function, for every function of the API profile."""
    # Functions are imported as the platform does it: with their settings, and without this process's own.
    environment = {"PATH": os.environ["PATH"], **SETTINGS}
    command = [sys.executable, "-c", IMPORT_EACH, *API_FUNCTIONS]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return {name: set(modules) for name, modules in json.loads(done.stdout).items()}


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
