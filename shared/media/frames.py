"""Find the distinct settled states of a screen recording: the pictures in which somebody could read something.

    packets ──decode──> pictures ──look──> grids of brightness ──settle──> states

Everything is decoded, since pictures depend on those before; but only about five pictures a second are looked at,
and all of those around a change, so that times are exact. Memory does not grow with the length of the video.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO

import av
from av.video.stream import VideoStream

from shared.media.errors import UnreadableMedia
from shared.media.frame_grid import Grid, differing_cells, pack, read_grid
from shared.media.frame_picture import Picture, png, thumbnail_png
from shared.media.frame_settling import Screen
from shared.media.frame_states import DEFAULT, SettledState, Thresholds, merge_chunks, most_telling, share
from shared.media.reader import OnProgress, OpenMedia, open_media

__all__ = [
    "DEFAULT",
    "Picture",
    "SettledFrame",
    "SettledState",
    "Thresholds",
    "merge_chunks",
    "most_telling",
    "png",
    "settled_frames",
    "thumbnail_png",
]

_LOOK_EVERY_MS = 200
_MOST_HELD = 8
# A chunk is decoded from this long before its start, so that it knows what stood there and what was restless.
_WARM_UP_MS = 8_000
# 6K; a file of a few bytes can claim pictures of a gigabyte.
_MAX_PIXELS = 6144 * 3456


@dataclass(frozen=True, kw_only=True)
class SettledFrame(SettledState):
    """A settled state with its picture, which takes 1.5 bytes a pixel for as long as it is held."""

    picture: Picture = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A decoded picture and when it appears."""

    at_ms: int
    frame: av.VideoFrame


def settled_frames(
    source: BinaryIO,
    *,
    from_ms: int = 0,
    to_ms: int | None = None,
    thresholds: Thresholds = DEFAULT,
    on_progress: OnProgress = lambda: None,
) -> Iterator[SettledFrame]:
    """Yield the distinct settled states of a video in their order, each as soon as it is found.

    Times count from the start of the file's first track, as they do after `remux`. A part of the video, `from_ms`
    to `to_ms`, yields the state that stands at its start and those that settle within; `merge_chunks` joins parts
    to what the whole yields. The last picture of the video is always among the states.

    Args:
        source: a seekable file: WebM, Matroska, MP4 or MOV, remuxed or as a browser made it.
        from_ms: where the part starts; decoding starts some seconds before.
        to_ms: where the part ends; by default with the video.
        on_progress: called about twice per second; what it raises ends the work.

    Raises:
        UnreadableMedia: on iteration; `no_media_stream` without a video track, `malformed` when no picture can be
            decoded or pictures are too large, and the codes of `shared.media.probe`.
    """
    with open_media(source) as media:
        pictures = _pictures(media, max(from_ms - _WARM_UP_MS, 0), on_progress)
        finder = _Finder(from_ms, thresholds)
        for shown in _worth_a_look(_until(pictures, to_ms, finder), thresholds.noise_level):
            yield from finder.show(*shown)
        yield from finder.finish()


class _Finder:
    """Follow the screen and tell of new states; of those before `from_ms` only the last."""

    def __init__(self, from_ms: int, thresholds: Thresholds) -> None:
        self._from_ms = from_ms
        self._thresholds = thresholds
        self._screen: Screen | None = None
        self._shown: _Shown | None = None
        self._known: Grid | None = None
        self._entry: SettledFrame | None = None
        self.ends_at_ms: int | None = None

    def show(self, shown: _Shown, grid: Grid) -> Iterator[SettledFrame]:
        """Yield the state that the picture before has settled into, if it is new."""
        yield from self._stand(shown.at_ms)
        if self._screen is None or self._screen.shape != grid.shape:
            self._screen = Screen(grid.shape, self._thresholds)
        self._screen.show(grid, shown.at_ms)
        self._shown = shown

    def finish(self) -> Iterator[SettledFrame]:
        """Yield what is left: at the end of the video the last picture, settled or not."""
        if self.ends_at_ms is not None:
            yield from self._stand(self.ends_at_ms)
        elif self._screen is not None and self._shown is not None:
            self._screen.accept_all()
            yield from self._tell(self._screen, self._shown, settled_ms=None)
        if self._entry is not None:
            yield self._entry

    def _stand(self, until_ms: int) -> Iterator[SettledFrame]:
        if self._screen is None or self._shown is None:
            return
        self._screen.stand(until_ms)
        if self._screen.is_settled():
            yield from self._tell(self._screen, self._shown, settled_ms=until_ms)

    def _tell(self, screen: Screen, shown: _Shown, *, settled_ms: int | None) -> Iterator[SettledFrame]:
        changed = screen.cells_unlike(self._known)
        if changed is None:
            return
        self._known = screen.steady_grid()
        visible_ms = screen.visible_since_ms(changed)
        if settled_ms is not None:
            # It is found at the next picture, which may come much later.
            settled_ms = min(settled_ms, visible_ms + self._thresholds.settle_ms)
        frame = SettledFrame(
            timestamp_ms=visible_ms,
            settled_ms=settled_ms,
            changed_share=share(changed),
            signature=pack(self._known),
            picture=Picture(shown.frame),
        )
        if self._from_ms and settled_ms is not None and settled_ms <= self._from_ms:
            self._entry = frame
        else:
            yield from filter(None, (self._entry, frame))
            self._entry = None


def _until(pictures: Iterator[_Shown], to_ms: int | None, finder: _Finder) -> Iterator[_Shown]:
    for shown in pictures:
        if to_ms is not None and shown.at_ms >= to_ms:
            finder.ends_at_ms = to_ms
            return
        yield shown


def _worth_a_look(pictures: Iterator[_Shown], noise_level: int) -> Iterator[tuple[_Shown, Grid]]:
    """Yield five pictures a second, each that stood longer, and all of those around a change."""
    held: deque[_Shown] = deque()
    last: Grid | None = None
    slot = -1

    def look() -> Iterator[tuple[_Shown, Grid]]:
        nonlocal last
        if not held:
            return
        newest = held.pop()
        grid = read_grid(newest.frame)
        if last is not None and differing_cells(last, grid, level=noise_level).any():
            yield from ((shown, read_grid(shown.frame)) for shown in held)
        yield newest, grid
        held.clear()
        last = grid

    for shown in pictures:
        if held and shown.at_ms - held[-1].at_ms >= _LOOK_EVERY_MS:
            yield from look()
        held.append(shown)
        if shown.at_ms // _LOOK_EVERY_MS != slot or len(held) == _MOST_HELD:
            slot = shown.at_ms // _LOOK_EVERY_MS
            yield from look()
    yield from look()


def _pictures(media: OpenMedia, from_ms: int, on_progress: OnProgress) -> Iterator[_Shown]:
    """Decode from the key frame at or before a time; what is damaged is passed over.

    Raises:
        UnreadableMedia: there is no video track, or nothing can be decoded.
    """
    if media.video is None:
        raise UnreadableMedia("no_media_stream", "The file has no video track.")
    video = media.video
    codec = video.codec_context
    codec.options = {"max_pixels": str(_MAX_PIXELS)}
    codec.thread_type = "AUTO"
    unit_ms = 1000 * (video.time_base or Fraction(1))
    origin_ms = max(Fraction(media.av.start_time or 0, av.time_base), Fraction(0)) * 1000
    if from_ms:
        _seek(media, video, round((from_ms + origin_ms) / unit_ms))
    last_ms = 0
    is_empty = True
    for frame in _frames(media, video, on_progress):
        if frame.pts is not None:
            last_ms = max(last_ms, round(frame.pts * unit_ms - origin_ms))
        is_empty = False
        yield _Shown(last_ms, frame)
    if is_empty and not from_ms:
        raise UnreadableMedia("malformed", "No picture of the video can be decoded.")


def _seek(media: OpenMedia, video: VideoStream, to: int) -> None:
    """Go to the key frame at or before a time, or to the start where the container does not let us."""
    try:
        media.av.seek(to, stream=video)
    except av.FFmpegError:
        media.av.seek(0)


def _frames(media: OpenMedia, video: VideoStream, on_progress: OnProgress) -> Iterator[av.VideoFrame]:
    for packet in media.packets(on_progress):
        if packet.stream_index == video.index:
            try:
                yield from packet.decode()
            except av.FFmpegError:
                continue
    try:
        yield from video.decode(None)
    except av.FFmpegError:
        return
