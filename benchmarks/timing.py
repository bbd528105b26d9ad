"""Timing that drift cannot bend: what is compared is called in turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def alternate(turns: int, *measures: Callable[[], float]) -> tuple[list[float], ...]:
    """What each of `measures` returned in `turns` turns; in each turn every one is called once."""
    found: tuple[list[float], ...] = tuple([] for _ in measures)
    for _ in range(turns):
        for values, measure in zip(found, measures, strict=True):
            values.append(measure())
    return found


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes, by the wall clock."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def milliseconds(values_s: Sequence[float]) -> list[float]:
    """Seconds as milliseconds."""
    return [value * 1000 for value in values_s]
