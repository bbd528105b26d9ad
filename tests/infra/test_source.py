"""What is uploaded runs by itself, installs what its profile needs, and changes its name when it changes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pulumi
import pytest

from infra import source
from infra.foundation import CONTAINED
from shared.edge.declarations import Declaration
from tests.infra.recorded_stack import FUNCTION, RecordedStack
from tests.unit.environment import ENVIRONMENT

OBJECT = "gcp:storage/bucketObject:BucketObject"


def test_a_function_is_built_from_the_archive_of_its_profile(stack: RecordedStack, declared: list[Declaration]) -> None:
    archives = {kept["name"]: name for name, kept in stack.of_type(OBJECT).items()}

    for one in declared:
        if one.profile in CONTAINED:
            continue
        built_from = stack.function(one.name)["buildConfig"]["source"]["storageSource"]["object"]
        assert archives[built_from] == f"source-{one.profile}"


def test_an_archive_holds_the_product_without_the_local_platform(stack: RecordedStack) -> None:
    archive = stack.of_type(OBJECT)["source-api"]["source"]

    assert isinstance(archive, pulumi.AssetArchive)
    names = archive.assets.keys()
    assert {"functions/main.py", "functions/catalogue.json", "shared/wiring.py", "requirements.txt"} <= names
    assert not [name for name in names if name.startswith(("shared/local", "shared/cli", "tests", "infra"))]
    assert not [name for name in names if "__pycache__" in name]


def test_every_function_can_be_imported_from_its_archive_alone(tmp_path: Path, declared: list[Declaration]) -> None:
    for name, path in source.source_files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, tmp_path / name)

    imported = subprocess.run(
        [sys.executable, "-P", "-c", IMPORT_ALL, str(tmp_path), *[one.name for one in declared]],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert imported.returncode == 0, imported.stderr
    assert json.loads(imported.stdout) == {one.name: one.kind for one in declared}


#: Import every function as functions-framework does, and tell what it declares.
IMPORT_ALL = """
import importlib.util, json, sys
root, names = sys.argv[1], sys.argv[2:]
spec = importlib.util.spec_from_file_location("main", f"{root}/functions/main.py")
main = importlib.util.module_from_spec(spec)
spec.loader.exec_module(main)
kinds = {name: getattr(main, name).declaration.kind for name in names}
strangers = [name for name, module in sys.modules.items()
             if name.partition(".")[0] in ("functions", "shared") and root not in module.__spec__.origin]
assert not strangers, strangers
print(json.dumps(kinds))
"""


def test_a_profile_installs_its_own_packages_and_no_others() -> None:
    extras = tomllib.loads((source.ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    pinned = {profile: set(source.requirements_of(profile).split()) for profile in ("api", "media", "browser")}

    assert set(extras["api"]) < pinned["api"]
    assert pinned["media"] - pinned["api"] == set(extras["media"]) - {"playhead[api]"}
    assert pinned["browser"] - pinned["api"] == set(extras["browser"]) - {"playhead[api]"}
    assert pinned["media"] > pinned["api"] < pinned["browser"]


def test_what_is_installed_has_the_versions_that_the_tests_run_with() -> None:
    assert source.requirements_of("api").startswith("--constraint constraints.txt\n")
    assert source.source_files()["constraints.txt"].is_file()


def test_the_runtime_is_the_python_that_the_tests_run_with(stack: RecordedStack) -> None:
    running = f"python{sys.version_info.major}{sys.version_info.minor}"

    assert {inputs["buildConfig"]["runtime"] for inputs in stack.of_type(FUNCTION).values()} == {running}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small product of its own, in place of the real one."""
    for name in ("functions/main.py", "shared/wiring.py", "shared/local/tasks.py", "constraints.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"# {name}\n")
    monkeypatch.setattr(source, "ROOT", tmp_path)
    return tmp_path


def test_an_archive_keeps_its_name_until_its_content_changes(checkout: Path) -> None:
    first = source.archive_name("api")

    (checkout / "shared/local/tasks.py").write_text("# not deployed\n")
    unchanged = source.archive_name("api")
    (checkout / "shared/wiring.py").write_text("# changed\n")
    changed = source.archive_name("api")

    assert unchanged == first
    assert changed != first


def test_moving_text_from_one_file_to_the_next_changes_the_name(checkout: Path) -> None:
    (checkout / "shared/a.py").write_text("1")
    (checkout / "shared/b.py").write_text("2shared/b.py3")
    first = source.archive_name("api")

    (checkout / "shared/a.py").write_text("1shared/b.py2")
    (checkout / "shared/b.py").write_text("3")

    assert source.archive_name("api") != first


def test_profiles_have_archives_of_their_own(checkout: Path) -> None:
    assert source.archive_name("api") != source.archive_name("media")
