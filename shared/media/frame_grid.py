"""A picture as a coarse grid of brightness: small enough to keep, fine enough to see a check mark.

One cell is the mean of the luma of a square block of pixels. The luma plane is what the decoder made: nothing is
converted or copied to read it. A grid packed into bytes is a state's *signature*: states of different machines
and times are compared by their signatures alone.
"""

import struct
import zlib
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

Grid: TypeAlias = NDArray[np.uint8]
Cells: TypeAlias = NDArray[np.bool_]

MOVING = 255
"""The value of a cell that never comes to rest, as in a playing video: it says nothing of the state."""

_MIN_BLOCK_PX = 8
_ROW_STEP = 2
_MAX_COLUMNS = 120
_HEADER = struct.Struct(">HH")
# A picture whose moving parts came to rest, all but this share, has changed: a video was stopped, a scroll has ended.
_STILL_MOVING = 0.25


def read_grid(frame: av.VideoFrame) -> Grid:
    """Return the mean luma of each block, 0 to 254, in rows and columns.

    A block is 8 pixels wide, or as much larger as it takes to have at most 120 columns; what does not fill a
    block at the right and at the bottom is left out.
    """
    if not _has_byte_luma(frame):
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    luma = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    block = _block_px(frame.width, frame.height)
    rows, columns = frame.height // block, frame.width // block
    # Every second row is enough. Sums of at most 256 bytes fit into 16 bits, which is what makes this fast.
    step = _ROW_STEP if block % _ROW_STEP == 0 else 1
    lines = luma[: rows * block : step, : columns * block].reshape(rows, -1, columns * block)
    of_columns = np.add.reduce(lines, axis=1, dtype=np.uint16)
    sums = of_columns.reshape(rows, columns, block).sum(axis=2, dtype=np.uint32)
    means = sums // (block * lines.shape[1])
    grid: Grid = np.minimum(means, MOVING - 1).astype(np.uint8)
    return grid


def _has_byte_luma(frame: av.VideoFrame) -> bool:
    first = frame.format.components[0]
    return (frame.format.is_planar and first.bits == 8) or frame.format.name == "gray"


def _block_px(width: int, height: int) -> int:
    block = _MIN_BLOCK_PX
    while width // block > _MAX_COLUMNS or height // block > _MAX_COLUMNS:
        block *= 2
    return max(min(block, width, height), 1)


def pack(grid: Grid) -> bytes:
    """Return a grid as a signature: about 1 kB for a page of text."""
    return _HEADER.pack(*grid.shape) + zlib.compress(grid.tobytes(), 6)


def unpack(signature: bytes) -> Grid:
    """Return the grid of a signature."""
    shape = _HEADER.unpack_from(signature)
    return np.frombuffer(zlib.decompress(signature[_HEADER.size :]), np.uint8).reshape(shape)


def differing_cells(before: Grid, after: Grid, *, level: int) -> Cells:
    """Return the cells of `after` that look different from `before`.

    Args:
        level: the largest difference of brightness that is taken for noise.
    """
    if before.shape != after.shape:
        return np.ones(after.shape, np.bool_)
    was_moving, is_moving = before == MOVING, after == MOVING
    difference = np.abs(before.astype(np.int16) - after)
    differing: Cells = (difference > level) & ~was_moving & ~is_moving
    if np.count_nonzero(is_moving) < _STILL_MOVING * np.count_nonzero(was_moving):
        differing |= was_moving & ~is_moving
    return differing
