"""How much of each lane a timeline takes, and which of its entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from shared.evidence.timeline import Lane


class HasTime(Protocol):
    """Something with a place on the video's clock."""

    @property
    def at_s(self) -> float:
        """When it was."""


Timed = TypeVar("Timed", bound=HasTime)

#: Frames are few enough by themselves.
MOST_OF_A_LANE: Mapping[Lane, int] = {
    Lane.ACTION: 1000,
    Lane.NAVIGATION: 300,
    Lane.CONSOLE: 500,
    Lane.NETWORK: 500,
    Lane.OCR: 2000,
    Lane.TRANSCRIPT: 30_000,  # more than can be said in three hours
}


def keep_most_telling(
    items: Sequence[Timed], most: int, duration_s: float, *, rank_of: Callable[[Timed], int] = lambda _: 0
) -> list[tuple[int, Timed]]:
    """Keep at most so many items, each with its number from 1, in their order, which is that of time.

    Those of the lowest rank are kept first; of one rank they are taken evenly over time, so that a storm of a second
    does not leave the rest of the recording dark.
    """
    numbered = list(enumerate(items, start=1))
    if len(numbered) <= most:
        return numbered
    slot_s = duration_s / most or 1.0
    seen: Counter[tuple[int, int]] = Counter()
    places: list[tuple[int, int, int]] = []  # rank, how many of the rank stand before it in its slot, number
    for number, item in numbered:
        rank = rank_of(item)
        slot = (rank, int(item.at_s / slot_s))
        places.append((rank, seen[slot], number))
        seen[slot] += 1
    kept = sorted(number for *_, number in sorted(places)[:most])
    return [numbered[number - 1] for number in kept]
