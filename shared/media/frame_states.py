"""The settled states of a screen, as values: join those of consecutive chunks, and choose the most telling ones."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.media.frame_grid import Cells, Grid, differing_cells, unpack
from shared.structs import Struct, replace


class Thresholds(Struct, frozen=True):
    """What counts as a state.

    `settle_ms` is how long a screen stands before it is one, up to `stirring_cells` aside. Brightness within
    `noise_level` (of 255) is the same: codecs make no two pictures equal. Two screens that differ in at most
    `few_cells`, as by a caret, are one.
    """

    settle_ms: int = 700
    noise_level: int = 3
    few_cells: int = 2
    stirring_cells: int = 1


DEFAULT = Thresholds()


class SettledState(Struct, frozen=True, kw_only=True):
    """A screen that stood still.

    `timestamp_ms` is the presentation time at which it became visible, `settled_ms` when it had stood long enough,
    or None for the last picture of a video that ended before. `changed_share` is the part of the screen, 0 to 1,
    that differs from the state before; 1 for the first. `signature` is what `shared.media.frame_grid` packs.
    """

    timestamp_ms: int
    settled_ms: int | None
    changed_share: float
    signature: bytes


State = TypeVar("State", bound=SettledState)


def is_distinct(cells: Cells, thresholds: Thresholds) -> bool:
    """Tell whether differing cells make another state."""
    return int(np.count_nonzero(cells)) > thresholds.few_cells


def share(cells: Cells) -> float:
    """Return the differing part of the screen."""
    return round(float(np.count_nonzero(cells)) / max(cells.size, 1), 4)


def merge_chunks(chunks: Iterable[Sequence[State]], thresholds: Thresholds = DEFAULT) -> list[State]:
    """Join the states of consecutive chunks of one video, without those that two neighbours both have.

    Args:
        chunks: in the order of their times; what `settled_frames` found in each.
    """
    merged: list[State] = []
    for chunk in chunks:
        states = list(chunk)
        if merged and states:
            before, after = unpack(merged[-1].signature), unpack(states[0].signature)
            changed = differing_cells(before, after, level=thresholds.noise_level)
            is_new = is_distinct(changed, thresholds)
            states[:1] = [replace(states[0], changed_share=share(changed))] if is_new else []
        merged += states
    return merged


def most_telling(states: Sequence[State], limit: int = 20) -> list[State]:
    """Choose at most `limit` states, in their order: the first, the last, and those that add most to the chosen.

    A state adds by looking unlike every chosen one, by how much it changed, and by lying far from them in time.
    The same states always give the same choice.
    """
    if len(states) <= limit:
        return list(states)
    if limit < 1:
        return []
    grids = [unpack(state.signature) for state in states]
    times = np.array([state.timestamp_ms for state in states], np.float64)
    changes = np.array([state.changed_share for state in states])
    chosen = [0, len(states) - 1][:limit]
    nearest = np.minimum.reduce([_separations(index, grids, times) for index in chosen])
    while len(chosen) < limit:
        worth = nearest.sum(axis=1) + _CHANGE_WEIGHT * changes
        worth[chosen] = -1
        best = int(np.argmax(worth))
        chosen.append(best)
        nearest = np.minimum(nearest, _separations(best, grids, times))
    return [states[index] for index in sorted(chosen)]


_TIME_WEIGHT = 0.5
_CHANGE_WEIGHT = 0.25


def _separations(index: int, grids: Sequence[Grid], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far every state is from one, in looks and in time: one row for each."""
    looks = [share(differing_cells(grids[index], grid, level=DEFAULT.noise_level)) for grid in grids]
    length_ms = max(float(times[-1] - times[0]), 1.0)
    return np.column_stack([looks, _TIME_WEIGHT * np.abs(times - times[index]) / length_ms])
