"""Take one picture of a video that is read by ranges: nothing is copied, and few pictures are decoded."""

import io
from typing import BinaryIO

from PIL import Image, ImageStat

from shared.media.errors import UnreadableMedia
from shared.media.frame_decoding import decode_pictures
from shared.media.frame_picture import THUMBNAIL_WIDTH, Picture
from shared.media.reader import OnProgress, open_media

_JPEG_QUALITY = 80
#: Where to look, in parts of the duration: a meeting begins with an empty room.
_CANDIDATES = (0.3, 0.1, 0.5, 0.7, 0.0)
_BLANK_BELOW_DEVIATION = 6.0


def take_thumbnail(source: BinaryIO, *, duration_ms: int, on_progress: OnProgress = lambda: None) -> bytes:
    """Return a JPEG of at most 640 pixels in width: the first of a few key frames that shows something.

    Args:
        source: a seekable WebM, Matroska, MP4 or MOV.
        duration_ms: how long it is.
        on_progress: called while the decoder is at work; what it raises ends the work.

    Raises:
        UnreadableMedia: `no_media_stream` without a video track, `malformed` when no picture can be decoded.
    """
    best: tuple[float, Image.Image] | None = None
    for part in _CANDIDATES:
        picture = _key_frame_at(source, round(duration_ms * part), on_progress)
        if picture is None:
            continue
        deviation = ImageStat.Stat(picture.convert("L")).stddev[0]
        if best is None or deviation > best[0]:
            best = (deviation, picture)
        if deviation >= _BLANK_BELOW_DEVIATION:
            break
    if best is None:
        raise UnreadableMedia("malformed", "No picture of the video can be decoded.")
    return _as_jpeg(best[1])


def _key_frame_at(source: BinaryIO, at_ms: int, on_progress: OnProgress) -> Image.Image | None:
    with open_media(source) as media:
        shown = next(decode_pictures(media, at_ms, on_progress), None)
        return Image.fromarray(Picture(shown.frame).rgb(max_width=THUMBNAIL_WIDTH)) if shown else None


def _as_jpeg(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=_JPEG_QUALITY)
    return target.getvalue()
