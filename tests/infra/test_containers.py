"""What needs Chromium runs in an image of our own, and is otherwise deployed like every other function."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.containers import create_service
from infra.foundation import CONTAINED
from infra.image import DOCKERFILE, lay_out
from infra.source import ENTRY_FILE, requirements_of
from infra.target import Target
from shared.edge.declarations import Declaration
from tests.infra.recorded_stack import BROWSER_IMAGE, DOMAIN, PROJECT, PROJECT_NUMBER, REGION, SERVICE, RecordedStack
from tests.unit.environment import ENVIRONMENT


@pytest.fixture
def contained(declared: list[Declaration]) -> list[Declaration]:
    return [one for one in declared if one.profile in CONTAINED]


def test_a_function_of_the_profile_browser_runs_in_the_image_of_the_stack(
    stack: RecordedStack, contained: list[Declaration]
) -> None:
    services = stack.of_type(SERVICE).values()

    assert len(services) == len(contained) > 0
    for service in services:
        (container,) = service["template"]["containers"]
        assert container["image"] == BROWSER_IMAGE


def test_it_has_the_name_and_the_place_that_its_url_is_made_of(
    stack: RecordedStack, contained: list[Declaration]
) -> None:
    target = Target(project=PROJECT, project_number=PROJECT_NUMBER, region=REGION, domain=DOMAIN)

    for one in contained:
        service = stack.of_type(SERVICE)[one.name.replace("_", "-")]
        assert target.url_of(one.name) == f"https://{service['name']}-{PROJECT_NUMBER}.{service['location']}.run.app"


def test_without_an_image_nothing_is_deployed_and_the_reason_says_what_to_do(contained: list[Declaration]) -> None:
    target = Target(project=PROJECT, project_number=PROJECT_NUMBER, region=REGION, domain=DOMAIN)

    with pytest.raises(ValueError, match=r"steps-inspect-pages .* `pulumi config set browserImage <image>`"):
        create_service(contained[0], Nothing(), NoImage(target), opts=Nothing())  # type: ignore[arg-type]


class Nothing:
    """Stands where nothing may be asked for: it has no attributes."""


class NoImage:
    """As much of a foundation as is looked at before the image is missed."""

    def __init__(self, target: Target) -> None:
        self.target = target


def test_the_folder_of_the_image_holds_all_that_the_dockerfile_copies(tmp_path: Path) -> None:
    lay_out(tmp_path / "image")

    copied = re.findall(r"^COPY (.+) \S+$", (tmp_path / "image" / DOCKERFILE.name).read_text(), flags=re.MULTILINE)
    assert copied
    for name in " ".join(copied).split():
        assert (tmp_path / "image" / name).exists(), name
    assert (tmp_path / "image" / "requirements.txt").read_text() == requirements_of("browser")
    assert "playwright" in requirements_of("browser")


def test_the_folder_is_made_anew_and_nobody_elses_is_touched(tmp_path: Path) -> None:
    lay_out(tmp_path / "image")
    (tmp_path / "image" / "functions" / "old.py").touch()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").touch()

    lay_out(tmp_path / "image")
    with pytest.raises(FileExistsError):
        lay_out(tmp_path / "mine")

    assert not (tmp_path / "image" / "functions" / "old.py").exists()
    assert (tmp_path / "mine" / "letter").exists()


def test_the_command_of_the_image_serves_the_function_that_its_environment_names(tmp_path: Path) -> None:
    lay_out(tmp_path / "image")
    dockerfile = (tmp_path / "image" / DOCKERFILE.name).read_text()
    source = re.search(r"FUNCTION_SOURCE=(\S+)", dockerfile)

    assert source is not None
    assert source[1] == ENTRY_FILE
    assert 'CMD ["functions-framework"]' in dockerfile
    imported = subprocess.run(
        [sys.executable, "-P", "-c", SERVE],
        cwd=tmp_path / "image",
        env={**ENVIRONMENT, "FUNCTION_SOURCE": source[1], "FUNCTION_TARGET": "steps_inspect_pages"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert imported.returncode == 0, imported.stderr


#: What `functions-framework` does before it listens.
SERVE = """
import os
from functions_framework import create_app
create_app(os.environ["FUNCTION_TARGET"], os.environ["FUNCTION_SOURCE"], "http")
"""
