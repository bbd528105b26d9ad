"""The product's own source, as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def product_files() -> list[Path]:
    """Every Python file of `functions` and `shared`, but for the local platform, which is a product of its own."""
    found = [*(ROOT / "functions").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]
    return sorted(file for file in found if not file.is_relative_to(ROOT / "shared" / "local"))


def function_files() -> list[Path]:
    """Every file that holds one deployed function."""
    return sorted(file for file in (ROOT / "functions").glob("*/*.py") if file.name != "__init__.py")


def place(file: Path) -> str:
    """The file as a reader of the repository names it."""
    return file.relative_to(ROOT).as_posix()


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), filename=str(file))


def functions_of(file: Path) -> Iterator[Function]:
    """Every function and method of a file."""
    return (node for node in ast.walk(tree_of(file)) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """How many lines the statements of a function take, without its docstring."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    return sum(statement.end_lineno - statement.lineno + 1 for statement in statements if statement.end_lineno)


def imported_modules(file: Path) -> Iterator[str]:
    """Every module that a file imports, also within its functions; `from a import b` counts as `a.b` too."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
