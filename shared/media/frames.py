"""Find the distinct settled states of a screen recording: the pictures in which somebody could read something.

    packets ──decode──> pictures ──look──> grids of brightness ──settle──> states

Everything is decoded, since pictures depend on those before; but only about five pictures a second are looked at,
and all of those around a change, so that times are exact. Memory does not grow with the length of the video.
"""

from collections.abc import Iterator
from typing import BinaryIO

from shared.media.frame_decoding import Shown, decode_pictures, worth_a_look
from shared.media.frame_grid import Grid, pack
from shared.media.frame_picture import Picture, png, thumbnail_png
from shared.media.frame_settling import Screen
from shared.media.frame_states import DEFAULT, SettledState, Thresholds, merge_chunks, most_telling, share
from shared.media.reader import OnProgress, open_media

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

# A chunk is decoded from this long before its start, so that it knows what stood there and what was restless.
_WARM_UP_MS = 8_000


class SettledFrame(SettledState, frozen=True, kw_only=True):
    """A settled state with its picture, which takes 1.5 bytes a pixel for as long as it is held."""

    picture: Picture


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
        pictures = decode_pictures(media, max(from_ms - _WARM_UP_MS, 0), on_progress)
        finder = _Finder(from_ms, thresholds)
        for shown in worth_a_look(_until(pictures, to_ms, finder), thresholds.noise_level):
            yield from finder.show(*shown)
        yield from finder.finish()


class _Finder:
    """Follow the screen and tell of new states; of those before `from_ms` only the last."""

    def __init__(self, from_ms: int, thresholds: Thresholds) -> None:
        self._from_ms = from_ms
        self._thresholds = thresholds
        self._screen: Screen | None = None
        self._shown: Shown | None = None
        self._known: Grid | None = None
        self._told_at_ms = -1
        self._entry: SettledFrame | None = None
        self.ends_at_ms: int | None = None

    def show(self, shown: Shown, grid: Grid) -> Iterator[SettledFrame]:
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

    def _tell(self, screen: Screen, shown: Shown, *, settled_ms: int | None) -> Iterator[SettledFrame]:
        changed = screen.cells_unlike(self._known)
        if changed is None:
            return
        self._known = screen.steady_grid()
        if not screen.has_changed_since(self._told_at_ms, changed):
            return
        self._told_at_ms = shown.at_ms
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
        is_earlier = shown.at_ms < self._from_ms if settled_ms is None else settled_ms <= self._from_ms
        if is_earlier:
            self._entry = frame
        else:
            yield from filter(None, (self._entry, frame))
            self._entry = None


def _until(pictures: Iterator[Shown], to_ms: int | None, finder: _Finder) -> Iterator[Shown]:
    for shown in pictures:
        if to_ms is not None and shown.at_ms >= to_ms:
            finder.ends_at_ms = to_ms
            return
        yield shown
