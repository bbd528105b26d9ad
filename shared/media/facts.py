"""What is true of a media file, measured from its packets and not taken from its header."""

from typing import Literal

from shared.structs import Struct

Container = Literal["webm", "matroska", "mp4", "mov"]


class VideoFacts(Struct, frozen=True):
    """The first video track.

    `width` and `height` are the coded picture's; `average_fps` is None for a single picture.
    Screen recordings have a variable frame rate: never compute a time from `average_fps`.
    """

    codec: str
    width: int
    height: int
    frame_count: int
    average_fps: float | None


class AudioFacts(Struct, frozen=True):
    """The first audio track."""

    codec: str
    sample_rate_hz: int
    channels: int


class MediaFacts(Struct, frozen=True):
    """One file: at least one of `video` and `audio` is there, and has packets."""

    container: Container
    duration_ms: int
    size_bytes: int
    video: VideoFacts | None
    audio: AudioFacts | None
