"""Make the still pictures of a recording: a poster, and a storyboard of evenly spaced pictures.

Only the step that makes previews imports this module: moviepy behind it runs ffmpeg when it is imported.
"""

import math
from pathlib import Path

from PIL import Image, ImageStat

from shared.media.errors import UnreadableMedia
from shared.media.stills import Stills, open_stills
from shared.structs import Struct

POSTER_WIDTH = 640
TILE_WIDTH = 320
DEADLINE_S = 60.0
# Pictures of an upright phone, or of a very long page, are bounded by their height.
_HEIGHT_PER_WIDTH = 2
_JPEG_QUALITY = 80
# Where to look for a poster, in parts of the duration: the start of a recording is often a blank page.
_POSTER_CANDIDATES = (0.3, 0.1, 0.5, 0.7, 0.0)
_BLANK_BELOW_DEVIATION = 6.0
_UNDECODABLE = (48, 48, 48)


class Poster(Struct, frozen=True):
    """A JPEG of what was on screen at `at_ms`; `is_blank` when nothing better was found."""

    width: int
    height: int
    at_ms: int
    is_blank: bool


class Storyboard(Struct, frozen=True):
    """A JPEG sheet: tile `i` is in column `i % columns` of row `i // columns`, on screen at `times_ms[i]`."""

    columns: int
    rows: int
    tile_width: int
    tile_height: int
    times_ms: tuple[int, ...]


def write_poster(video: Path, target: Path, *, at_ms: int | None = None, deadline_s: float = DEADLINE_S) -> Poster:
    """Write one picture of a remuxed video as a JPEG of at most 640 pixels in width.

    Args:
        video: a file that can be sought in: what `remux` writes.
        target: the JPEG.
        at_ms: the moment to show; by default the first of a few that is not blank.
        deadline_s: after which the decoder is killed.

    Raises:
        UnreadableMedia: `no_media_stream` or `malformed`.
        TimeoutError: the deadline has passed.
    """
    max_height = POSTER_WIDTH * _HEIGHT_PER_WIDTH
    with open_stills(video, max_width=POSTER_WIDTH, max_height=max_height, deadline_s=deadline_s) as stills:
        times_ms = [round(part * stills.end_ms) for part in _POSTER_CANDIDATES] if at_ms is None else [at_ms]
        picture, shown_at_ms, deviation = _least_blank(stills, times_ms)
    picture.save(target, "JPEG", quality=_JPEG_QUALITY)
    return Poster(picture.width, picture.height, shown_at_ms, is_blank=deviation < _BLANK_BELOW_DEVIATION)


def _least_blank(stills: Stills, times_ms: list[int]) -> tuple[Image.Image, int, float]:
    """Return the first picture that shows something, or the one that shows most, and how much it shows."""
    best: tuple[Image.Image, int, float] | None = None
    for at_ms in times_ms:
        picture = stills.at(at_ms)
        if picture is None:
            continue
        deviation = ImageStat.Stat(picture.convert("L")).stddev[0]
        if best is None or deviation > best[2]:
            best = (picture, at_ms, deviation)
        if deviation >= _BLANK_BELOW_DEVIATION:
            break
    if best is None:
        raise UnreadableMedia("malformed", "No picture of the video can be decoded.")
    return best


def write_storyboard(video: Path, target: Path, *, tiles: int = 9, deadline_s: float = DEADLINE_S) -> Storyboard:
    """Write a contact sheet of evenly spaced pictures of a remuxed video as one JPEG.

    A picture that cannot be decoded is a grey tile.

    Raises:
        UnreadableMedia: `no_media_stream` or `malformed`.
        TimeoutError: the deadline has passed.
    """
    max_height = TILE_WIDTH * _HEIGHT_PER_WIDTH
    with open_stills(video, max_width=TILE_WIDTH, max_height=max_height, deadline_s=deadline_s) as stills:
        times_ms = [round(stills.end_ms * (tile + 0.5) / tiles) for tile in range(tiles)]
        pictures = [stills.at(at_ms) for at_ms in times_ms]
    width, height = next((picture.size for picture in pictures if picture is not None), (0, 0))
    if not width:
        raise UnreadableMedia("malformed", "No picture of the video can be decoded.")
    columns = math.ceil(math.sqrt(tiles))
    storyboard = Storyboard(columns, math.ceil(tiles / columns), width, height, tuple(times_ms))
    _draw_sheet(storyboard, pictures).save(target, "JPEG", quality=_JPEG_QUALITY)
    return storyboard


def _draw_sheet(storyboard: Storyboard, pictures: list[Image.Image | None]) -> Image.Image:
    width, height = storyboard.tile_width, storyboard.tile_height
    sheet = Image.new("RGB", (storyboard.columns * width, storyboard.rows * height), _UNDECODABLE)
    for index, picture in enumerate(pictures):
        if picture is not None:
            sheet.paste(picture, (index % storyboard.columns * width, index // storyboard.columns * height))
    return sheet
