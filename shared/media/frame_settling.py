"""Decide when a screen has come to rest, cell by cell.

Every cell is debounced: it has a *steady* value, and takes another one only when that has stood for `settle_ms`.
What comes and goes within that time (a pointer passing by, a blink) has never been. The screen is settled when all
cells are steady; those where something stirs all the time (a playing video, a spinner) are not waited for:

    picture ──> cell ──> away from its steady value ──stood──> steady     all steady, and unlike
                              │                                           the last state: a new one
                              └── again and again ──> restless: left out
"""

import numpy as np

from shared.media.frame_grid import MOVING, Cells, Grid, differing_cells
from shared.media.frame_states import Thresholds, is_distinct

# Restlessness decays with every tick and rises by one in each in which the cell, or one near it, takes a new value.
# A cell is restless after 2 s of stirring without a break, or 4.5 s of stirring each second, until 2 s of stillness.
_TICK_MS = 500
_DECAY = 0.9
_RESTLESS_FROM = 3.4
_RESTLESS_UNTIL = 2.5
_MOST_RESTLESS = 4.0
_REACH_CELLS = 2
# A pointer covers at most 3 × 3 cells, and takes some time from where it was to where it is.
_POINTER_CELLS = 3
_POINTER_TRAVEL_MS = 80
_POINTER_IMBALANCE = 0.25
_UNKNOWN = -1000


class Screen:
    """What is shown in one size of picture, from its first picture on; times must not decrease."""

    def __init__(self, shape: tuple[int, ...], thresholds: Thresholds) -> None:
        self.shape = shape
        self._thresholds = thresholds
        self._values = np.full(shape, _UNKNOWN, np.int16)
        self._steady = self._values.copy()
        self._steady_since_ms = np.zeros(shape, np.int64)
        self._candidate = self._values.copy()
        self._candidate_since_ms = np.zeros(shape, np.int64)
        self._away = np.zeros(shape, np.bool_)
        self._stirred = np.zeros(shape, np.bool_)
        self._restlessness = np.zeros(shape, np.float32)
        self._restless = np.zeros(shape, np.bool_)
        self._tick = 0

    def show(self, grid: Grid, at_ms: int) -> None:
        """Replace the picture that is shown."""
        self._values = values = grid.astype(np.int16)
        level = self._thresholds.noise_level
        away = np.abs(values - self._steady) > level
        fresh = away & (~self._away | (np.abs(values - self._candidate) > level))
        self._candidate[fresh] = values[fresh]
        self._candidate_since_ms[fresh] = at_ms
        # Codecs sharpen a picture after it has changed: what is steady follows.
        self._steady[~away] = values[~away]
        self._away = away
        self._stirred |= fresh

    def stand(self, until_ms: int) -> None:
        """Let the picture stand until then."""
        self._accept(self._away & (self._candidate_since_ms + self._thresholds.settle_ms <= until_ms))
        tick = until_ms // _TICK_MS
        if tick > self._tick:
            self._count_restlessness(tick - self._tick)
            self._tick = tick

    def accept_all(self) -> None:
        """Take the picture for settled, however short it has stood."""
        self._accept(self._away & ~self._restless)

    def is_settled(self) -> bool:
        """Tell whether everything is steady, but for what is restless."""
        return int(np.count_nonzero(self._away & ~self._restless)) <= self._thresholds.stirring_cells

    def steady_grid(self) -> Grid:
        """Return what is steady; what is restless is `MOVING`, unless the whole screen is at rest for now."""
        grid = np.clip(self._steady, 0, MOVING - 1).astype(np.uint8)
        if np.count_nonzero(self._away) > self._thresholds.stirring_cells:
            grid[self._restless | self._away] = MOVING
        return grid

    def cells_unlike(self, known: Grid | None) -> Cells | None:
        """Return the cells that make the screen another state than a known one; None when it is the same."""
        if known is None:
            return np.ones(self.shape, np.bool_)
        cells = differing_cells(known, self.steady_grid(), level=self._thresholds.noise_level)
        return cells if is_distinct(cells, self._thresholds) and not self._is_pointer(cells, known) else None

    def visible_since_ms(self, changed: Cells) -> int:
        """Return when the changed cells had become what they are, the last few of them aside."""
        times_ms = np.sort(self._steady_since_ms[changed])
        return int(times_ms[-1 - min(self._thresholds.few_cells, len(times_ms) - 1)])

    def has_changed_since(self, at_ms: int, changed: Cells) -> bool:
        """Tell whether the changed cells did so after a time, and did not merely come to rest as they then were."""
        return is_distinct(changed & (self._steady_since_ms > at_ms), self._thresholds)

    def _accept(self, cells: Cells) -> None:
        self._steady[cells] = self._values[cells]
        self._steady_since_ms[cells] = self._candidate_since_ms[cells]
        self._away &= ~cells

    def _count_restlessness(self, ticks: int) -> None:
        stirred = _with_neighbours(self._stirred)
        self._restlessness = np.minimum(self._restlessness * _DECAY + stirred, _MOST_RESTLESS) * _DECAY ** (ticks - 1)
        self._restless &= self._restlessness > _RESTLESS_UNTIL
        self._restless |= self._restlessness >= _RESTLESS_FROM
        self._stirred[:] = False

    def _is_pointer(self, cells: Cells, known: Grid) -> bool:
        """Tell whether one small spot has lost what another has gained, and not at once.

        A click changes more: a check mark under the pointer is gained and lost nowhere, a radio button's dot is
        lost and gained in one moment.
        """
        positions = np.argwhere(cells)
        if len(positions) > 2 * _POINTER_CELLS**2:
            return False
        is_near = (np.abs(positions - positions[0]) < _POINTER_CELLS).all(axis=1)
        spots = [tuple(spot.T) for spot in (positions[is_near], positions[~is_near])]
        if not all(spot[0].size and max(np.ptp(axis) for axis in spot) < _POINTER_CELLS for spot in spots):
            return False
        first_ms, second_ms = (int(self._steady_since_ms[spot].max()) for spot in spots)
        first, second = (int((self._steady[spot] - known[spot]).sum()) for spot in spots)
        is_balanced = abs(first + second) <= _POINTER_IMBALANCE * max(abs(first), abs(second))
        return is_balanced and abs(first_ms - second_ms) >= _POINTER_TRAVEL_MS


def _with_neighbours(cells: Cells) -> Cells:
    """Return the cells and those within reach of them: an animation moves about in its surroundings."""
    rows, columns = cells.shape
    padded = np.pad(cells, _REACH_CELLS)
    size = 2 * _REACH_CELLS + 1
    wide: Cells = np.logical_or.reduce([padded[:, shift : shift + columns] for shift in range(size)])
    grown: Cells = np.logical_or.reduce([wide[shift : shift + rows] for shift in range(size)])
    return grown
