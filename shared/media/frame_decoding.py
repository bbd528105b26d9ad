"""Decode a video, and choose the pictures that are worth a look."""

from collections import deque
from collections.abc import Iterator

import av
from av.video.stream import VideoStream

from shared.media.errors import UnreadableMedia
from shared.media.frame_grid import Grid, differing_cells, read_grid
from shared.media.reader import OnProgress, OpenMedia
from shared.structs import Struct

_LOOK_EVERY_MS = 200
_MOST_HELD = 8
# 6K; a file of a few bytes can claim pictures of a gigabyte.
_MAX_PIXELS = 6144 * 3456


class Shown(Struct, frozen=True):
    """A decoded picture and when it appears."""

    at_ms: int
    frame: av.VideoFrame


def decode_pictures(media: OpenMedia, from_ms: int, on_progress: OnProgress) -> Iterator[Shown]:
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
    unit_ms = float(1000 * (video.time_base or 1))
    origin_ms = max(media.av.start_time or 0, 0) * 1000 / av.time_base
    if from_ms:
        _seek(media, video, round((from_ms + origin_ms) / unit_ms))
    last_ms = 0
    is_empty = True
    for frame in _frames(media, video, on_progress):
        if frame.pts is not None:
            last_ms = max(last_ms, round(frame.pts * unit_ms - origin_ms))
        is_empty = False
        yield Shown(last_ms, frame)
    if is_empty and not from_ms:
        raise UnreadableMedia("malformed", "No picture of the video can be decoded.")


def worth_a_look(pictures: Iterator[Shown], noise_level: int) -> Iterator[tuple[Shown, Grid]]:
    """Yield five pictures a second, each that stood longer, and all of those around a change."""
    held: deque[Shown] = deque()
    last: Grid | None = None
    slot = -1

    def look() -> Iterator[tuple[Shown, Grid]]:
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
