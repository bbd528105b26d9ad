"""Timing that drift cannot bend: what is compared is called in turns, and medians are taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median


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


def milliseconds(values: Sequence[float]) -> float:
    """The median of seconds, in milliseconds."""
    return median(values) * 1000
