"""What is uploaded for a function: the product's code, and the packages of the function's profile alone.

Every function of a profile shares one archive:

    functions/…        whole; `GOOGLE_FUNCTION_SOURCE` names functions/main.py, the entry point picks the function
    shared/…           without the local platform and the command line
    constraints.txt    the versions that the tests ran with, of every package
    requirements.txt   the profile's extra of pyproject.toml: an endpoint never installs video libraries

The archive is named by its content, so that exactly the functions whose code or packages changed are built anew.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pulumi

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("functions", "shared")
LEFT_OUT = ("shared/local", "shared/cli")
ENTRY_FILE = "functions/main.py"


def source_files() -> dict[str, Path]:
    """The files of every archive, by their path in it."""
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    named = {path.relative_to(ROOT).as_posix(): path for path in paths if "__pycache__" not in path.parts}
    named["constraints.txt"] = ROOT / "constraints.txt"
    return {name: path for name, path in sorted(named.items()) if not name.startswith(tuple(f"{x}/" for x in LEFT_OUT))}


def requirements_of(profile: str) -> str:
    """The text of a profile's requirements.txt."""
    return "\n".join(["--constraint constraints.txt", *sorted(_requirements(profile))]) + "\n"


def archive_of(profile: str) -> pulumi.AssetArchive:
    """The archive of a profile, as Pulumi uploads it."""
    files: dict[str, pulumi.Asset | pulumi.Archive] = {
        name: pulumi.FileAsset(str(path)) for name, path in source_files().items()
    }
    return pulumi.AssetArchive(files | {"requirements.txt": pulumi.StringAsset(requirements_of(profile))})


def archive_name(profile: str) -> str:
    """The archive's name in its bucket; it changes with the content and with nothing else."""
    digest = hashlib.sha256(requirements_of(profile).encode())
    for name, path in source_files().items():
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return f"{profile}-{digest.hexdigest()[:16]}.zip"


def runtime() -> str:
    """The runtime that functions are built for: the oldest Python that the project promises, which the tests run."""
    promised = re.fullmatch(r">=(\d+)\.(\d+)", _project()["requires-python"])
    if promised is None:
        raise ValueError("requires-python has to be of the form >=3.N")
    return f"python{promised[1]}{promised[2]}"


def _requirements(extra: str) -> Iterator[str]:
    project = _project()
    for requirement in project["optional-dependencies"][extra]:
        ours = re.fullmatch(rf"{project['name']}\[(.+)\]", requirement)
        if ours is None:
            yield requirement
        else:
            for other in ours[1].split(","):
                yield from _requirements(other)


@cache
def _project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table
