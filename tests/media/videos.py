"""Small media files, made when a test needs them and the same every time.

Picture `n` of a video is one flat grey, `grey_of(n)`: a test can tell by looking which picture it was given.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
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
KEYFRAME_EVERY = 10


def grey_of(picture: int) -> int:
    """Return the brightness of a picture: 20 steps that survive lossy coding."""
    return 30 + 10 * (picture % 20)


@dataclass(frozen=True)
class Recipe:
    """A file with a picture at each of `times_ms` and a tone from and to `audio_ms`.

    Pictures from number `striped_from` on have stripes instead of being flat.
    """

    container: str = "webm"
    video: str | None = "libvpx"
    audio: str | None = "libopus"
    times_ms: Sequence[int] = range(0, 3000, 100)
    audio_ms: tuple[int, int] = (0, 3000)
    width: int = WIDTH
    height: int = HEIGHT
    pixel_format: str = "yuv420p"
    striped_from: int | None = None
    rotation: int = 0
    muxer_options: dict[str, str] = field(default_factory=dict)
    codec_options: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


def make_media(container: str = "webm", **changes: Any) -> bytes:
    """Return the bytes of a recipe; `changes` are its fields."""
    recipe = Recipe(container, **changes)
    options = {"fflags": "+bitexact", **recipe.muxer_options}
    with tempfile.TemporaryDirectory() as folder:
        # With some options ffmpeg reads again what it has written, by its path.
        target = Path(folder, "media")
        with av.open(str(target), "w", format=container, container_options=options) as output:
            output.metadata.update(recipe.metadata)
            _write_tracks(output, recipe)
        return target.read_bytes()


def make_browser_webm(**changes: Any) -> bytes:
    """Return a WebM like MediaRecorder's: written live, without duration and cues."""
    return make_media("webm", muxer_options={"live": "1"}, **changes)


def make_mp4(container: str = "mp4", *, movflags: str = "", **changes: Any) -> bytes:
    """Return H.264 with AAC; its table of contents is at the end unless `movflags` say otherwise."""
    options = {"movflags": movflags} if movflags else {}
    return make_media(container, **{"video": "libx264", "audio": "aac", "muxer_options": options, **changes})


def _write_tracks(output: OutputContainer, recipe: Recipe) -> None:
    picture_track = _add_video(output, recipe.video, recipe) if recipe.video else None
    sound_track = _add_audio(output, recipe.audio) if recipe.audio else None
    packets: list[Any] = []
    if picture_track:
        packets += _encode_pictures(picture_track, recipe)
    if sound_track:
        packets += _encode_tone(sound_track, *recipe.audio_ms)
    output.start_encoding()
    for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
        output.mux(packet)


def _add_video(output: OutputContainer, codec: str, recipe: Recipe) -> VideoStream:
    stream = output.add_stream(codec, rate=10, options=recipe.codec_options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = recipe.width, recipe.height, recipe.pixel_format
    stream.codec_context.time_base = Fraction(1, 1000)
    stream.codec_context.gop_size = KEYFRAME_EVERY
    if recipe.rotation:
        stream.set_display_rotation(recipe.rotation)
    return stream


def _add_audio(output: OutputContainer, codec: str) -> AudioStream:
    stream = output.add_stream(codec, rate=RATE_HZ)
    assert isinstance(stream, AudioStream)
    stream.layout = "mono"
    return stream


def _encode_pictures(stream: VideoStream, recipe: Recipe) -> list[Any]:
    packets: list[Any] = []
    for number, at_ms in enumerate(recipe.times_ms):
        pixels = np.full((recipe.height, recipe.width, 3), grey_of(number), np.uint8)
        if recipe.striped_from is not None and number >= recipe.striped_from:
            pixels[:, ::16] = pixels[:, 1::16] = pixels[:, 2::16] = 255
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
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format=kind, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
        packets += stream.encode(frame)
    return packets + stream.encode(None)
