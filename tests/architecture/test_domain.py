"""The domain is structs and functions over them: no framework, no clock, no environment, no chance."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, imported_modules, place, tree_of

DOMAIN = [
    *(
        ROOT / "shared" / "recordings" / f"{name}.py"
        for name in (
            "calls",
            "files",
            "grants",
            "idempotency",
            "lifecycle",
            "objects",
            "outcomes",
            "pipelines",
            "preferences",
            "recording",
            "runs",
            "texts",
        )
    ),
    *sorted((ROOT / "shared").glob("*/domain.py")),
    *sorted((ROOT / "shared" / "evidence").rglob("*.py")),
    ROOT / "shared" / "errors.py",
]
#: What they may know: the standard library, one another, and what values are made of.
DOMAIN_MODULES = {place(file).removesuffix(".py").replace("/", ".") for file in DOMAIN} | {"shared.structs"}
OUTSIDE_WORLD = {"asyncio", "logging", "os", "random", "secrets", "socket", "subprocess", "sys", "threading", "time"}

every_domain_file = pytest.mark.parametrize("file", DOMAIN, ids=place)


@every_domain_file
def test_the_domain_knows_the_standard_library_and_itself_only(file: Path) -> None:
    foreign = {
        name
        for name in imported_modules(file)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(module == name or name.startswith(f"{module}.") for module in DOMAIN_MODULES)
        and not any(module.startswith(f"{name}.") for module in DOMAIN_MODULES)
    }

    assert foreign == set()


@every_domain_file
def test_the_domain_has_no_clock_no_environment_and_no_chance(file: Path) -> None:
    assert {name.partition(".")[0] for name in imported_modules(file)} & OUTSIDE_WORLD == set()
    assert not [
        node
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today", "uuid4")
    ]
