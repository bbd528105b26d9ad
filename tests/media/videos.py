"""Small media files, made when a test needs them and the same every time.

Picture `n` of a video is one flat grey, `grey_of(n)`: a test can tell by looking which picture it was given.
"""

import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

WIDTH, HEIGHT = 96, 64
RATE_HZ = 48_000
STEADY_MS = tuple(range(0, 3000, 100))
KEYFRAME_EVERY = 10


def grey_of(picture: int) -> int:
    """Return the brightness of a picture: 20 steps that survive lossy coding."""
    return 30 + 10 * (picture % 20)


def make_media(
    container: str = "webm",
    *,
    video: str | None = "libvpx",
    audio: str | None = "libopus",
    times_ms: Sequence[int] = STEADY_MS,
    audio_ms: tuple[int, int] = (0, 3000),
    options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
) -> bytes:
    """Return a file with a picture at each of `times_ms` and a tone from and to `audio_ms`."""
    muxer_options = {"fflags": "+bitexact", **(options or {})}
    with tempfile.TemporaryDirectory() as folder:
        # Some options make ffmpeg read again what it has written, by its path.
        target = Path(folder, "media")
        with av.open(str(target), "w", format=container, container_options=muxer_options) as output:
            output.metadata.update(metadata or {})
            _write_tracks(output, video, audio, times_ms, audio_ms, codec_options)
        return target.read_bytes()


def _write_tracks(
    output: OutputContainer,
    video: str | None,
    audio: str | None,
    times_ms: Sequence[int],
    audio_ms: tuple[int, int],
    codec_options: dict[str, str] | None,
) -> None:
    picture_track = _add_video(output, video, codec_options) if video else None
    sound_track = _add_audio(output, audio) if audio else None
    packets: list[Any] = []
    if picture_track:
        packets += _encode_pictures(picture_track, times_ms)
    if sound_track:
        packets += _encode_tone(sound_track, *audio_ms)
    output.start_encoding()
    for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
        output.mux(packet)


def make_browser_webm(**changes: Any) -> bytes:
    """Return a WebM like MediaRecorder's: written live, without duration and cues."""
    return make_media("webm", options={"live": "1"}, **changes)


def make_mp4(container: str = "mp4", *, movflags: str = "", **changes: Any) -> bytes:
    """Return H.264 with AAC; its table of contents is at the end unless `movflags` say otherwise."""
    options = {"movflags": movflags} if movflags else {}
    return make_media(container, video="libx264", audio="aac", options=options, **changes)


def _add_video(output: OutputContainer, codec: str, options: dict[str, str] | None) -> VideoStream:
    stream: VideoStream = output.add_stream(codec, rate=10, options=options)  # type: ignore[assignment]
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    stream.codec_context.time_base = Fraction(1, 1000)
    stream.codec_context.gop_size = KEYFRAME_EVERY
    return stream


def _add_audio(output: OutputContainer, codec: str) -> AudioStream:
    stream: AudioStream = output.add_stream(codec, rate=RATE_HZ)  # type: ignore[assignment]
    stream.layout = "mono"
    return stream


def _encode_pictures(stream: VideoStream, times_ms: Sequence[int]) -> list[Any]:
    packets: list[Any] = []
    for number, at_ms in enumerate(times_ms):
        pixels = np.full((HEIGHT, WIDTH, 3), grey_of(number), np.uint8)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def _encode_tone(stream: AudioStream, from_ms: int, to_ms: int) -> list[Any]:
    packets: list[Any] = []
    size = stream.codec_context.frame_size or 960
    for start in range(from_ms * RATE_HZ // 1000, to_ms * RATE_HZ // 1000, size):
        kind = stream.codec_context.format.name
        wave = 0.1 * np.sin(2 * np.pi * 440 * np.arange(start, start + size) / RATE_HZ)
        samples = (wave * 32767).astype(np.int16) if kind == "s16" else wave.astype(np.float32)
        samples = samples.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format=kind, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
        packets += stream.encode(frame)
    return packets + stream.encode(None)
