"""Fetch single pictures of a video by time, with moviepy.

moviepy counts in frames, and a screen recording has no steady frame rate. So the presentation times are read
from the packets, moviepy is told 1,000 frames per second (a frame number is then a millisecond), and it seeks
to every picture anew: measured, that gives exactly the picture that was on screen.
"""

import threading
import traceback
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
from av.packet import Packet
from moviepy import VideoFileClip
from PIL import Image

from shared.media.errors import UnreadableMedia
from shared.media.reader import open_media
from shared.structs import Struct

_KILL_EVERY_S = 0.1


class _Timeline(Struct, frozen=True):
    """When each picture appears, ascending, and how large it is once turned upright."""

    times_ms: "array[int]"
    end_ms: int
    width: int
    height: int


class Stills:
    """An open video, from which pictures are taken at one size.

    `end_ms` is the end of the last picture; the first one stands from `0` on.
    """

    def __init__(self, clip: VideoFileClip, timeline: _Timeline) -> None:
        self._clip = clip
        self._timeline = timeline
        self.end_ms = timeline.end_ms
        self.is_late = False

    def at(self, at_ms: int) -> Image.Image | None:
        """Return the picture that is on screen at that time, or None if it cannot be decoded.

        Raises:
            TimeoutError: the deadline has passed.
        """
        index = max(bisect_right(self._timeline.times_ms, at_ms) - 1, 0)
        at_s = self._timeline.times_ms[index] / 1000
        reader = self._clip.reader
        try:
            # Closing makes it forget the last picture, which it would return again when this one fails.
            self.close()
            reader.initialize(at_s)
            picture = Image.fromarray(self._clip.get_frame(at_s))
        except OSError:
            picture = None
        if self.is_late:
            raise TimeoutError("The pictures of the video could not be decoded in time.")
        return picture

    def end_late(self) -> None:
        """Release whoever waits for a picture: the deadline has passed."""
        self.is_late = True
        self._kill_ffmpeg()

    def close(self) -> None:
        """End the decoding of the last picture.

        ffmpeg goes on behind the picture that was asked for, and moviepy asks it politely to end: where the next
        picture is hours away, it first repeats this one for every millisecond until then.
        """
        self._kill_ffmpeg()
        self._clip.reader.close()

    def _kill_ffmpeg(self) -> None:
        process = self._clip.reader.proc
        if process is not None:
            process.kill()


@contextmanager
def open_stills(video: Path, *, max_width: int, max_height: int, deadline_s: float) -> Iterator[Stills]:
    """Open a seekable video for pictures that fit into the given box; none is enlarged.

    Raises:
        UnreadableMedia: `no_media_stream` without a video track, `malformed` when it cannot be decoded.
    """
    timeline = _read_timeline(video)
    scale = min(1.0, max_width / timeline.width, max_height / timeline.height)
    size = (max(round(timeline.width * scale), 1), max(round(timeline.height * scale), 1))
    try:
        clip = VideoFileClip(str(video), audio=False, target_resolution=size, resize_algorithm="area")
    except (OSError, KeyError, ValueError) as error:
        # The half-made reader lives in the frames of the traceback, and its ffmpeg with it.
        traceback.clear_frames(error.__traceback__)
        raise UnreadableMedia("malformed", "No picture of the video can be decoded.") from error
    clip.reader.fps = 1000
    stills = Stills(clip, timeline)
    try:
        with _killed_after(stills, deadline_s):
            yield stills
    finally:
        stills.close()
        clip.close()


@contextmanager
def _killed_after(stills: Stills, deadline_s: float) -> Iterator[None]:
    is_done = threading.Event()

    def watch() -> None:
        pause_s = deadline_s
        while not is_done.wait(pause_s):
            stills.end_late()
            pause_s = _KILL_EVERY_S

    watcher = threading.Thread(target=watch, name="stills-deadline", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_done.set()
        watcher.join()


def _read_timeline(video: Path) -> _Timeline:
    times = array("q")
    end = 0
    size: tuple[int, int] | None = None
    with video.open("rb") as source, open_media(source) as media:
        if media.video is None:
            raise UnreadableMedia("no_media_stream", "The file has no video track.")
        for packet in media.packets(lambda: None):
            if packet.stream_index != media.video.index or packet.pts is None:
                continue
            times.append(packet.pts)
            end = max(end, packet.pts + (packet.duration or 0))
            size = size or _upright_size(packet)
        unit_ms = 1000 * float(media.video.time_base or 1)
        width, height = size or (media.video.width, media.video.height)
    if not times or not width or not height:
        raise UnreadableMedia("malformed", "The video track has no pictures.")
    times_ms = array("q", sorted(round(time * unit_ms) for time in times))
    return _Timeline(times_ms, max(round(end * unit_ms), times_ms[-1]), width, height)


def _upright_size(packet: "Packet[Any]") -> tuple[int, int] | None:
    """Return the size of the first picture that comes out of the decoder, turned as the file asks for."""
    try:
        frames = packet.decode()
    except av.FFmpegError:
        return None
    for frame in frames:
        return (frame.width, frame.height) if frame.rotation % 180 == 0 else (frame.height, frame.width)
    return None
