"""Find where somebody speaks, and make of that what the recogniser hears in one go.

Sound is looked at two minutes at a time, so memory does not grow with a recording. An utterance that may go on behind
the end of a look is held back and looked at again with what follows: a cut through a word loses the word. Utterances
are then packed close together, because the recogniser makes up words in long pauses and errs less with more context.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from shared.media.sound import RATE_HZ, Samples, Sound
from shared.structs import Struct

_LOOK_S = 120
#: The recogniser's window is 30 s.
_LONGEST_S = 28
#: A shorter pause is no place to cut.
_SHORTEST_PAUSE_MS = 300
_SHORTEST_SPEECH_MS = 150
#: Words begin and end more quietly than the detector hears.
_PADDING_MS = 400
#: The end of a look may be the beginning of a word.
_TAIL_S = 1.0
#: Where a track is interrupted for longer, there are two stretches of sound; for less, there is silence.
_LONGEST_GAP_S = 0.5


class Passage(Struct, frozen=True):
    """Utterances one after the other, without the pauses that were between them; together at most 28 s."""

    utterances: tuple[Sound, ...]

    @property
    def samples(self) -> Samples:
        return np.concatenate([utterance.samples for utterance in self.utterances])

    @property
    def duration_s(self) -> float:
        return sum(utterance.duration_s for utterance in self.utterances)

    @property
    def start_s(self) -> float:
        return self.utterances[0].start_s

    @property
    def end_s(self) -> float:
        return self.utterances[-1].end_s

    def locate(self, from_s: float, until_s: float) -> tuple[float, float]:
        """Where in the video a word is that lies there in the passage; a word is never in two utterances."""
        middle_s, offset_s = (from_s + until_s) / 2, 0.0
        for utterance in self.utterances:
            is_there = middle_s < offset_s + utterance.duration_s or utterance is self.utterances[-1]
            if is_there:
                break
            offset_s += utterance.duration_s
        start_s = min(max(utterance.start_s + from_s - offset_s, utterance.start_s), utterance.end_s)
        return start_s, min(max(utterance.start_s + until_s - offset_s, start_s), utterance.end_s)


def speech_passages(sound: Iterable[Sound]) -> Iterator[Passage]:
    """Yield what is spoken, in the order of time."""
    packed: list[Sound] = []
    for utterance in _utterances(sound):
        if packed and sum(one.duration_s for one in packed) + utterance.duration_s > _LONGEST_S:
            yield Passage(tuple(packed))
            packed.clear()
        packed.append(utterance)
    if packed:
        yield Passage(tuple(packed))


def _utterances(sound: Iterable[Sound]) -> Iterator[Sound]:
    look = _Look()
    for part in sound:
        if not look.adjoins(part):
            yield from look.finish()
            look = _Look()
        look.add(part)
        if look.sample_count >= _LOOK_S * RATE_HZ:
            yield from look.advance()
    yield from look.finish()


class _Look:
    """The sound that is looked at together: one stretch without a gap."""

    def __init__(self) -> None:
        self._start_s = 0.0
        self._parts: list[Samples] = []
        self.sample_count = 0

    def adjoins(self, part: Sound) -> bool:
        return self.sample_count == 0 or part.start_s - self._end_s <= _LONGEST_GAP_S

    def add(self, part: Sound) -> None:
        if self.sample_count == 0:
            self._start_s = part.start_s
        gap = round((part.start_s - self._end_s) * RATE_HZ)
        if gap > 0:
            self._append(np.zeros(gap, np.float32))
        self._append(part.samples)

    def advance(self) -> list[Sound]:
        """The utterances that have ended; what may go on is kept."""
        samples = np.concatenate(self._parts)
        spans = _spoken_spans(samples)
        kept_from = len(samples) - round(_TAIL_S * RATE_HZ)
        if spans and spans[-1][1] > kept_from:
            kept_from, _ = spans.pop()
        ended = self._cut(samples, spans)
        self._start_s += kept_from / RATE_HZ
        self._parts, self.sample_count = [samples[kept_from:].copy()], len(samples) - kept_from
        return ended

    def finish(self) -> list[Sound]:
        """The utterances of a stretch that has ended."""
        samples = np.concatenate([np.empty(0, np.float32), *self._parts])
        return self._cut(samples, _spoken_spans(samples))

    @property
    def _end_s(self) -> float:
        return self._start_s + self.sample_count / RATE_HZ

    def _append(self, samples: Samples) -> None:
        self._parts.append(samples)
        self.sample_count += len(samples)

    def _cut(self, samples: Samples, spans: list[tuple[int, int]]) -> list[Sound]:
        return [Sound(self._start_s + start / RATE_HZ, samples[start:end].copy()) for start, end in spans]


def _spoken_spans(samples: Samples) -> list[tuple[int, int]]:
    """From which sample up to which somebody speaks."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if not len(samples):
        return []
    options = VadOptions(
        min_speech_duration_ms=_SHORTEST_SPEECH_MS,
        max_speech_duration_s=_LONGEST_S,
        min_silence_duration_ms=_SHORTEST_PAUSE_MS,
        speech_pad_ms=_PADDING_MS,
    )
    return [(span["start"], span["end"]) for span in get_speech_timestamps(samples, options)]
