"""A process and all that it started, as /proc tells: Chromium's processes leave the group of their parent."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_ROUNDS = 3  # what is started while we look is found the next time


def kill_tree(pid: int) -> None:
    """Kill a process and all its descendants; harmless when some are gone."""
    for _ in range(_ROUNDS):
        for descendant in list(descendants(pid)):
            _kill(descendant)
    _kill(pid)


def private_bytes(pid: int) -> int:
    """How much memory a process and its descendants have to themselves; what they share is not counted."""
    return sum(_private_bytes(one) for one in [pid, *descendants(pid)])


def descendants(pid: int) -> Iterator[int]:
    """Every process below this one, children first."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found = list(children.get(pid, ()))
    while found:
        yield (one := found.pop())
        found += children.get(one, ())


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                after_name = (folder / "stat").read_text().rpartition(")")[2].split()
                yield int(folder.name), int(after_name[1])


def _private_bytes(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
