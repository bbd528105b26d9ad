"""States as values: joined at the borders of chunks, and chosen by what they tell."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shared.media.frame_grid import MOVING, Grid, differing_cells, pack, unpack
from shared.media.frames import Picture, SettledState, merge_chunks, most_telling, png, thumbnail_png
from shared.structs import replace


def _grid(*filled: int) -> Grid:
    """Return an empty grid in which some of its ten rows are filled."""
    grid = np.full((10, 16), 40, np.uint8)
    grid[list(filled)] = 200
    return grid


def _state(timestamp_ms: int, *filled: int, changed_share: float = 0.1) -> SettledState:
    return SettledState(
        timestamp_ms=timestamp_ms,
        settled_ms=timestamp_ms + 700,
        changed_share=changed_share,
        signature=pack(_grid(*filled)),
    )


def test_a_signature_is_the_grid_and_small() -> None:
    signature = pack(_grid(1, 5))

    assert (unpack(signature) == _grid(1, 5)).all()
    assert len(signature) < 100


def test_cells_that_move_say_nothing_until_they_have_come_to_rest() -> None:
    still, moving = _grid(1), _grid(1)
    moving[4:8] = MOVING

    assert not differing_cells(still, moving, level=3).any()
    assert differing_cells(moving, still, level=3).sum() == moving[4:8].size


def test_a_state_that_two_chunks_have_is_kept_once() -> None:
    first = [_state(0, 1), _state(1000, 2)]
    second = [_state(1000, 2), _state(3000, 3)]

    assert merge_chunks([first, second]) == [*first, second[1]]


def test_a_state_that_comes_back_is_kept() -> None:
    first, second = [_state(0, 1), _state(1000, 2)], [_state(3000, 1)]

    merged = merge_chunks([first, second])

    assert [state.timestamp_ms for state in merged] == [0, 1000, 3000]
    assert merged[-1].changed_share == pytest.approx(0.2)


def test_empty_chunks_are_passed_over() -> None:
    assert merge_chunks([[], [_state(0, 1)], [], [_state(0, 1)], []]) == [_state(0, 1)]


def test_up_to_the_limit_all_are_kept() -> None:
    states = [_state(0, 1), _state(1000, 2)]

    assert most_telling(states, limit=2) == states


def test_of_many_states_the_large_and_the_late_changes_are_kept() -> None:
    alike = [_state(1000 * number, 1, changed_share=0.02) for number in range(40)]
    large = replace(_state(20_500, 3, 4, 5, 6, 7), changed_share=0.6)

    kept = most_telling([*alike[:21], large, *alike[21:]], limit=5)

    assert large in kept
    assert (kept[0], kept[-1]) == (alike[0], alike[-1])
    gaps_ms = np.diff([state.timestamp_ms for state in kept])
    assert gaps_ms.max() < 20_000


@given(
    rows=st.lists(st.sets(st.integers(0, 9)), max_size=30),
    limit=st.integers(1, 12),
)
def test_the_choice_is_an_ordered_part_and_always_the_same(rows: list[set[int]], limit: int) -> None:
    states = [_state(1000 * number, *filled) for number, filled in enumerate(rows)]

    kept = most_telling(states, limit)

    assert len(kept) == min(limit, len(states))
    assert kept == [state for state in states if state in kept]
    assert kept == most_telling(states, limit)


def test_png_files_have_the_colours_and_a_thumbnail_is_never_enlarged() -> None:
    pixels = np.zeros((90, 160, 3), np.uint8)
    pixels[:, :80] = (250, 120, 10)
    picture = Picture.from_rgb(pixels)

    whole = Image.open(io.BytesIO(png(picture)))
    small = Image.open(io.BytesIO(thumbnail_png(picture, max_width=64)))
    same = Image.open(io.BytesIO(thumbnail_png(picture)))

    assert (np.asarray(whole) == pixels).all()
    assert (small.size, same.size) == ((64, 36), (160, 90))
    assert np.abs(np.asarray(small)[:, 10].astype(int) - (250, 120, 10)).max() <= 3
