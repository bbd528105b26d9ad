"""The speech recogniser: loaded once per process, from a folder and from nowhere else.

Words that are on the screen help it to spell names, but they also mislead it at times: it goes round in circles, or
leaves out what was said first. What it says with them is therefore looked at, and if need be it listens again without.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

from shared.media.sound import RATE_HZ, Samples
from shared.media.speech_models import SpeechModel, find_model
from shared.structs import Struct

_MAX_THREADS = 8
_BEAM = 5
#: More of them mislead more than they help.
_MOST_HOTWORDS = 30
#: What is said compresses less; what a recogniser that goes round in circles says, more.
_MOST_COMPRESSION = 2.4
#: The mean log probability of words that it only guesses.
_LEAST_LOG_PROBABILITY = -1.0
#: Who speaks says more words a second; who says fewer may have been cut short.
_FEWEST_WORDS_PER_S = 1.5

_loading = threading.Lock()
_loaded: dict[str | None, SpeechEngine] = {}


class HeardWord(Struct, frozen=True):
    """A word with its punctuation, in seconds of the samples."""

    text: str
    start_s: float
    end_s: float
    probability: float


class Heard(Struct, frozen=True):
    """What was made out; no words: nothing that could be relied on."""

    words: tuple[HeardWord, ...]
    language: str


class SpeechEngine:
    """Hear the words of a passage. One passage at a time: it takes every core."""

    def __init__(self, model: SpeechModel) -> None:
        os.environ["HF_HUB_OFFLINE"] = "1"  # read when the recogniser is imported
        from faster_whisper import WhisperModel

        self.name = model.name
        threads = min(len(os.sched_getaffinity(0)), _MAX_THREADS)
        self._whisper: Any = WhisperModel(
            str(model.folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
        )
        self._calling = threading.Lock()

    def hear(self, samples: Samples, *, hotwords: str, language: str | None) -> Heard:
        """Return the words of a passage of at most 30 s, with speech throughout.

        Args:
            hotwords: words that may occur, separated by spaces; the first 30 count.
            language: ISO 639-1; None: whichever it sounds like, where the model knows more than English.
        """
        duration_s = len(samples) / RATE_HZ
        heard = Heard((), language or "en")
        for glossary in _glossaries(hotwords):
            attempt = self._attempt(samples, glossary, language)
            if len(attempt.words) > len(heard.words):
                heard = attempt
            if len(heard.words) >= _FEWEST_WORDS_PER_S * duration_s:
                break
        return heard

    def _attempt(self, samples: Samples, glossary: str | None, language: str | None) -> Heard:
        with self._calling:
            segments, facts = self._whisper.transcribe(
                samples,
                language=language,
                beam_size=_BEAM,
                temperature=0.0,
                condition_on_previous_text=False,
                hotwords=glossary,
                word_timestamps=True,
                without_timestamps=True,
            )
            # The whole passage is one segment. A second one would be looked for in the silence behind the last word.
            segment = next(iter(segments), None)
        if segment is None or not _is_reliable(segment):
            return Heard((), facts.language)
        words = (
            HeardWord(word.word.strip(), float(word.start), float(word.end), float(word.probability))
            for word in segment.words
        )
        return Heard(tuple(word for word in words if word.text), facts.language)


def shared_engine(folder: str | None) -> SpeechEngine:
    """Return the engine of this process; the first call takes about a second. Raises as `find_model` does.

    Args:
        folder: of a CTranslate2 model; None: the packaged one.
    """
    with _loading:
        if folder not in _loaded:
            _loaded[folder] = SpeechEngine(find_model(folder))
        return _loaded[folder]


def _glossaries(hotwords: str) -> Iterator[str | None]:
    if words := hotwords.split()[:_MOST_HOTWORDS]:
        # The recogniser takes this for what was said before; of a bare list it makes a list.
        yield f"Glossary: {', '.join(words)}."
    yield None


def _is_reliable(segment: Any) -> bool:
    return bool(segment.compression_ratio <= _MOST_COMPRESSION and segment.avg_logprob >= _LEAST_LOG_PROBABILITY)
