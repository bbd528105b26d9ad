"""Figures, their limits, and how a reader sees them: as a table in Markdown, on the screen and in a file."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

COLUMNS = ("what", "figure", "floor", "ratio", "limit", "n", "met")


@dataclass(frozen=True, slots=True)
class Limit:
    """What a ratio, or a figure without a floor, may be."""

    sense: Literal["≤", "≥"]
    value: float

    def allows(self, value: float) -> bool:
        return value <= self.value if self.sense == "≤" else value >= self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured several times, and in the same turns its floor; both in `unit`. Medians are shown."""

    what: str
    unit: str
    values: Sequence[float]
    floors: Sequence[float] | None = None
    limit: Limit | None = None

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def ratio(self) -> float | None:
        """The median of the ratios of every turn."""
        if self.floors is None:
            return None
        return median(value / floor for value, floor in zip(self.values, self.floors, strict=True))

    @property
    def is_met(self) -> bool | None:
        """None: nothing was promised."""
        judged = self.value if self.ratio is None else self.ratio
        return None if self.limit is None else self.limit.allows(judged)

    def cells(self) -> tuple[str, ...]:
        """The figure as a row below `COLUMNS`."""
        limit = f"{self.limit.sense} {self.limit.value:g}" if self.limit else ""
        met = "" if self.is_met is None else ("yes" if self.is_met else "**no**")
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        floor = "" if self.floors is None else _quantity(median(self.floors), self.unit)
        return self.what, _quantity(self.value, self.unit), floor, ratio, limit, str(len(self.values)), met


@dataclass(frozen=True, slots=True)
class Table:
    """What a figure is made of."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        return f"{self.title}:\n\n{_grid(self.columns, self.rows)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One benchmark: one sentence of how it is measured, its figures, and tables that explain them."""

    title: str
    method: str
    figures: Sequence[Figure]
    tables: Sequence[Table] = field(default=())

    def markdown(self) -> str:
        figures = _grid(COLUMNS, [figure.cells() for figure in self.figures])
        parts = [f"## {self.title}", self.method, figures, *(table.markdown() for table in self.tables)]
        return "\n\n".join(parts) + "\n"


def machine() -> str:
    """The machine in a sentence."""
    return f"Measured on {os.cpu_count()} cores with Python {platform.python_version()}."


def _quantity(value: float, unit: str) -> str:
    is_short = abs(value) < 100 and not float(value).is_integer()
    return f"{value:.3g} {unit}" if is_short else f"{value:,.0f} {unit}"


def _grid(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns also line up as plain text."""
    table = [list(columns), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(columns))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in table
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)
