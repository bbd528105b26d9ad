"""Small files, small functions, thin handlers; failures are caught where the architecture says, and nowhere else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from shared.settings import Settings
from tests.architecture.source import (
    ROOT,
    body_lines,
    function_files,
    functions_of,
    imported_modules,
    place,
    product_files,
)
from tests.architecture.source import tree_of as tree

MOST_FILE_LINES = 300
MOST_FUNCTION_LINES = 50
MOST_HANDLER_LINES = 12
#: Where a failure of any kind becomes an answer. Anybody else who catches everything raises it again.
SWALLOWS_EVERYTHING = {"shared/edge/endpoint.py", "shared/edge/step.py", "shared/edge/invoked.py"}

#: Takes the type of the standard library's `replace`, and nothing else.
STRUCTS = ROOT / "shared" / "structs.py"

every_file = pytest.mark.parametrize("file", product_files(), ids=place)
every_function_file = pytest.mark.parametrize("file", function_files(), ids=place)


@every_file
def test_a_file_can_be_read_in_one_sitting(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= MOST_FILE_LINES


@every_file
def test_a_function_fits_on_a_page(file: Path) -> None:
    sizes = {one.name: (one.end_lineno or 0) - one.lineno + 1 for one in functions_of(file)}

    assert {name: lines for name, lines in sizes.items() if lines > MOST_FUNCTION_LINES} == {}


@every_function_file
def test_a_function_file_holds_the_function_that_it_is_named_after(file: Path) -> None:
    declared = [node.name for node in tree(file).body if isinstance(node, ast.FunctionDef) and node.decorator_list]

    assert declared == [f"{file.parent.name}_{file.stem}"]


@every_function_file
def test_a_handler_is_thin(file: Path) -> None:
    handler = next(one for one in functions_of(file) if one.decorator_list)

    assert body_lines(handler) <= MOST_HANDLER_LINES


@every_function_file
def test_a_function_says_what_it_does_in_one_sentence(file: Path) -> None:
    handler = next(one for one in functions_of(file) if one.decorator_list)

    summary = (ast.get_docstring(handler) or "").split("\n")[0]

    assert summary.endswith(".")
    assert summary[0].isupper()


def test_values_are_structs() -> None:
    # A dataclass writes and compiles its methods whenever a function starts.
    knowing = {file for file in product_files() if "dataclasses" in imported_modules(file)}

    assert knowing == {STRUCTS}


def test_a_struct_says_what_it_is() -> None:
    silent = [
        f"{place(file)}: {node.name}"
        for file in product_files()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef)
        and not node.name.startswith("_")
        and any(ast.unparse(base) == "Struct" for base in node.bases)
        and not ast.get_docstring(node)
    ]

    assert silent == []


def test_everything_is_swallowed_at_the_edge_and_nowhere_else() -> None:
    swallowing = {
        place(file)
        for file in product_files()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node) and not _raises_it_again(node)
    }

    assert swallowing == SWALLOWS_EVERYTHING


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {one.id for one in caught if isinstance(one, ast.Name)}
    return None in caught or bool(names & {"Exception", "BaseException"})


def _raises_it_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_the_failures_of_other_systems_are_known_to_their_adapters_only() -> None:
    foreign = ("google.api_core", "google.auth.exceptions", "google.cloud.exceptions", "botocore")

    knowing = {
        place(file) for file in product_files() if any(name.startswith(foreign) for name in imported_modules(file))
    }

    assert all(file.startswith("shared/adapters/") for file in knowing)
    assert knowing, "the adapters translate what they catch"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is_for(name: str) -> None:
    description = Settings.model_fields[name].description

    assert description, f"{name} has no description"
    assert description.endswith(".")
