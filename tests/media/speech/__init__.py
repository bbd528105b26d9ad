"""A short narration (espeak-ng, Opus) with its text and times, and files that are made of it and of other sounds."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from shared.media.reader import open_media
from shared.media.sound import RATE_HZ, decode_sound

Samples = NDArray[np.float32]

_FOLDER = Path(__file__).parent
NARRATION = (_FOLDER / "customers.webm").read_bytes()
HOTWORDS = "Customers Account Hamilton Brothers Balance Rows Save Draft"
_FRAME = RATE_HZ // 50


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is said from when until when, in seconds of the narration."""

    from_s: float
    until_s: float
    text: str


SENTENCES = tuple(Sentence(**sentence) for sentence in json.loads((_FOLDER / "customers.json").read_text()))
TEXT = " ".join(sentence.text for sentence in SENTENCES)


def narration() -> Samples:
    """The narration as samples; somebody speaks from 0.6 s to 24.6 s, in five sentences."""
    return samples_of(NARRATION)


def samples_of(content: bytes) -> Samples:
    """All the sound of a file, its gaps left out."""
    with open_media(io.BytesIO(content)) as media:
        return np.concatenate([sound.samples for sound in decode_sound(media, lambda: None)])


def silence(duration_s: float) -> Samples:
    """Nothing at all."""
    return np.zeros(round(duration_s * RATE_HZ), np.float32)


def noise(duration_s: float) -> Samples:
    """White noise."""
    return 0.1 * np.random.default_rng(1).standard_normal(round(duration_s * RATE_HZ)).astype(np.float32)


def music(duration_s: float) -> Samples:
    """A plucked chord a second, each on another root."""
    times_s = np.arange(RATE_HZ) / RATE_HZ
    roots_hz = 220 * 2 ** (np.random.default_rng(2).integers(0, 12, round(duration_s)) / 12)
    chords = [sum(np.sin(2 * np.pi * root * third * times_s) for third in (1, 1.26, 1.5)) for root in roots_hz]
    return np.concatenate([0.2 * np.exp(-2 * times_s) * chord for chord in chords]).astype(np.float32)


def make_sound(
    *stretches: tuple[float, Samples], container: str = "webm", codec: str = "libopus", pictures_s: Sequence[float] = ()
) -> bytes:
    """Return a file with each stretch of sound from its second on, and with a small picture at each of the others."""
    target = io.BytesIO()
    with av.open(target, "w", format=container, container_options={"fflags": "+bitexact"}) as output:
        shown = output.add_stream("libvpx", rate=1) if pictures_s else None
        if shown is not None:
            shown.width, shown.height, shown.pix_fmt = 32, 32, "yuv420p"
        track = output.add_stream(codec, rate=RATE_HZ)
        assert isinstance(track, AudioStream)
        track.layout = "mono"
        packets = [packet for frame in _frames(stretches, track) for packet in track.encode(frame)] + track.encode(None)
        for number, at_s in enumerate(pictures_s):
            picture = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 40 * (number % 6), np.uint8), format="rgb24")
            picture.pts, picture.time_base = round(at_s * 1000), Fraction(1, 1000)
            assert shown is not None
            packets += shown.encode(picture)
        if shown is not None:
            packets += shown.encode(None)
        output.start_encoding()
        for packet in sorted(packets, key=lambda packet: (packet.dts or 0) * (packet.time_base or 1)):
            output.mux(packet)
    return target.getvalue()


def _frames(stretches: Sequence[tuple[float, Samples]], track: AudioStream) -> list[av.AudioFrame]:
    kind = track.codec_context.format.name
    frames = []
    for start_s, samples in stretches:
        for at in range(0, len(samples) - _FRAME + 1, _FRAME):
            wave = samples[at : at + _FRAME].reshape(1, -1)
            content = (wave * 32767).astype(np.int16) if kind.startswith("s16") else wave
            frame = av.AudioFrame.from_ndarray(content, format=kind, layout="mono")
            frame.sample_rate, frame.pts = RATE_HZ, round(start_s * RATE_HZ) + at
            frame.time_base = Fraction(1, RATE_HZ)
            frames.append(frame)
    return frames


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: in lower case, without punctuation."""
    return re.findall(r"[a-z0-9']+", text.lower())


def word_error_rate(said: str, heard: str) -> float:
    """How many words are wrong, missing or too many, as a share of those that were said."""
    expected, found = words_of(said), words_of(heard)
    costs = list(range(len(found) + 1))
    for row, word in enumerate(expected, start=1):
        diagonal, costs[0] = costs[0], row
        for column, other in enumerate(found, start=1):
            cost = min(costs[column] + 1, costs[column - 1] + 1, diagonal + (word != other))
            diagonal, costs[column] = costs[column], cost
    return costs[-1] / len(expected)
