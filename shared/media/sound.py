"""Decode the sound of a recording as speech recognition wants it: 16 kHz, mono, on the clock of the pictures.

A browser's track starts when somebody allows the microphone and pauses when it is muted: it is never counted from its
own first sample. Whatever the file claims, no moment is decoded twice, so there is no more sound than the recording
lasts.
"""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from shared.media.reader import OnProgress, OpenMedia
from shared.structs import Struct

RATE_HZ = 16_000
Samples = NDArray[np.float32]

#: Timestamps are rounded and jitter by less than this.
_JITTER_S = 0.05
_CODECS = frozenset({"opus", "libopus", "vorbis", "aac", "mp3", "mp3float"})


class Sound(Struct, frozen=True):
    """Some sound from a moment of the video on, as samples of -1 to 1."""

    start_s: float
    samples: Samples

    @property
    def duration_s(self) -> float:
        return len(self.samples) / RATE_HZ

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s


def is_decodable(track: AudioStream) -> bool:
    """Whether browsers and phones record with the codec: ffmpeg's other decoders see no stranger's bytes."""
    codec = track.codec_context.name
    return codec in _CODECS or codec.startswith("pcm_")


def decode_sound(media: OpenMedia, on_progress: OnProgress) -> Iterator[Sound]:
    """Yield the sound in the order of time, a fraction of a second each; what is damaged is passed over.

    Where one ends another starts, unless the track has a gap there.
    """
    run: _Run | None = None
    heard_until_s = 0.0
    for start_s, frame in _timed_frames(media, on_progress):
        at_s = heard_until_s if start_s is None else start_s
        if at_s < heard_until_s - _JITTER_S:
            continue
        if run is None or at_s > heard_until_s + _JITTER_S or not run.takes(frame):
            if run is not None:
                yield run.add(None)
            run = _Run(max(at_s, heard_until_s), frame)
            heard_until_s = run.start_s
        heard_until_s += frame.samples / frame.sample_rate
        yield run.add(frame)
    if run is not None:
        yield run.add(None)


class _Run:
    """Frames of one kind without a gap between them, on their way through one resampler."""

    def __init__(self, start_s: float, first: av.AudioFrame) -> None:
        self.start_s = start_s
        self._kind = _kind(first)
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
        self._sample_count = 0

    def takes(self, frame: av.AudioFrame) -> bool:
        return _kind(frame) == self._kind

    def add(self, frame: av.AudioFrame | None) -> Sound:
        """The sound that is ready with this frame; None: with the last one."""
        start_s = self.start_s + self._sample_count / RATE_HZ
        if frame is not None:
            frame.pts = None  # the samples are counted here, and the resampler would object to a time that jumps
        try:
            # A resampler that has nothing to change hands back what it is given, and so the None.
            parts: list[av.AudioFrame | None] = [*self._resampler.resample(frame)]
        except av.FFmpegError:  # such as channels that nobody knows how to mix
            parts = []
        ready = [np.asarray(part.to_ndarray(), np.int16).reshape(-1) for part in parts if part is not None]
        samples = np.concatenate([np.empty(0, np.int16), *ready]).astype(np.float32) / np.float32(32768)
        self._sample_count += len(samples)
        return Sound(start_s, samples)


def _kind(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _timed_frames(media: OpenMedia, on_progress: OnProgress) -> Iterator[tuple[float | None, av.AudioFrame]]:
    """The decoded frames, and when each starts if the file says so."""
    track = media.audio
    if track is None:
        return
    origin_s = max(media.av.start_time or 0, 0) / av.time_base
    for frame in _frames(media, track, on_progress):
        if frame.samples and frame.sample_rate:
            yield None if frame.time is None else frame.time - origin_s, frame


def _frames(media: OpenMedia, track: AudioStream, on_progress: OnProgress) -> Iterator[av.AudioFrame]:
    for packet in media.packets(on_progress):
        if packet.stream_index == track.index:
            try:
                yield from track.decode(packet)
            except av.FFmpegError:
                continue
    try:
        yield from track.decode(None)
    except av.FFmpegError:
        return
