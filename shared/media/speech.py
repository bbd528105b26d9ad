"""Write down what is said in a recording. Where nobody speaks there are no words, and a note says why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import BinaryIO

import numpy as np

from shared.evidence.transcript import Transcript, Word
from shared.media.reader import OnProgress, open_media
from shared.media.sound import Sound, decode_sound, is_decodable
from shared.media.speech_engine import HeardWord, SpeechEngine
from shared.media.speech_passages import Passage, speech_passages
from shared.structs import replace

#: A task has half an hour.
_MOST_HEARD_S = 4 * 3600
#: -60 dB of full scale: a muted microphone.
_SILENCE = 0.001

NO_TRACK = "The recording has no sound track."
UNKNOWN_CODEC = "The sound is in a format that is not read."
NO_SOUND = "No sound could be decoded."
SILENT = "The sound is silent."
NOBODY_SPEAKS = "Nobody speaks in the sound."
NOTHING_UNDERSTOOD = "Somebody may speak, but no word could be made out."

#: From the words of a passage, its begin and its end, in seconds, to words that may be meant, separated by spaces.
WordsLike = Callable[[Sequence[Word], float, float], str]


def transcribe(source: BinaryIO, *, engine: SpeechEngine, hotwords: str, on_progress: OnProgress) -> Transcript:
    """Return the words of a recording, in seconds of its video. Memory does not grow with the length.

    What follows the fourth hour is not heard.

    Args:
        source: WebM, Matroska, MP4 or MOV, seekable.
        hotwords: words on the screen, separated by spaces.
        on_progress: called before every passage of half a minute at most, and about twice a second in between;
            what it raises ends the work.

    Raises:
        UnreadableMedia: with one of the codes of `shared.media.errors`.
    """
    with open_media(source) as media:
        if media.audio is None:
            return Transcript(model=engine.name, note=NO_TRACK)
        if not is_decodable(media.audio):
            return Transcript(model=engine.name, note=UNKNOWN_CODEC)
        meter = _Meter()
        sound = takewhile(lambda part: part.start_s < _MOST_HEARD_S, decode_sound(media, on_progress))
        passages = speech_passages(meter.watch(sound))
        return _write_down(passages, engine, hotwords, on_progress, meter)


def refine(
    source: BinaryIO, heard: Transcript, *, engine: SpeechEngine, hotwords: WordsLike, on_progress: OnProgress
) -> Transcript:
    """Hear again the passages in which other words may have been said than were heard.

    Args:
        source: what `heard` was heard in.
        hotwords: which words they may be.
        on_progress: as for `transcribe`.

    Raises:
        UnreadableMedia: with one of the codes of `shared.media.errors`.
    """
    words = list(heard.words)
    with open_media(source) as media:
        sound = takewhile(lambda part: part.start_s < _MOST_HEARD_S, decode_sound(media, on_progress))
        for passage in speech_passages(sound):
            on_progress()
            earlier = [word for word in heard.words if passage.start_s <= word.start_s < passage.end_s]
            glossary = hotwords(earlier, passage.start_s, passage.end_s)
            if not glossary:
                continue
            again = engine.hear(passage.samples, hotwords=glossary, language=heard.language)
            if again.words:
                words = [word for word in words if word not in earlier] + [
                    _placed(word, passage) for word in again.words
                ]
    return replace(heard, words=tuple(sorted(words, key=lambda word: word.start_s)))


class _Meter:
    """What there was to hear."""

    def __init__(self) -> None:
        self._sample_count = 0
        self._peak = 0.0
        self.passage_count = 0

    def watch(self, sound: Iterable[Sound]) -> Iterator[Sound]:
        for part in sound:
            if len(part.samples):
                self._sample_count += len(part.samples)
                self._peak = max(self._peak, float(np.abs(part.samples).max()))
            yield part

    def why_no_words(self) -> str:
        if not self._sample_count:
            return NO_SOUND
        if self._peak < _SILENCE:
            return SILENT
        return NOTHING_UNDERSTOOD if self.passage_count else NOBODY_SPEAKS


def _write_down(
    passages: Iterable[Passage], engine: SpeechEngine, hotwords: str, on_progress: OnProgress, meter: _Meter
) -> Transcript:
    words: list[Word] = []
    language: str | None = None
    for passage in passages:
        meter.passage_count += 1
        on_progress()
        heard = engine.hear(passage.samples, hotwords=hotwords, language=language)
        if heard.words:
            language = heard.language  # people do not change it, and a short passage sounds like any
        words += [_placed(word, passage) for word in heard.words]
    note = "" if words else meter.why_no_words()
    return Transcript(words=tuple(words), language=language or "en", model=engine.name, note=note)


def _placed(word: HeardWord, passage: Passage) -> Word:
    start_s, end_s = passage.locate(word.start_s, word.end_s)
    return Word(
        text=word.text, start_s=round(start_s, 3), end_s=round(end_s, 3), probability=round(word.probability, 3)
    )
