"""What is written down of what is said, and that nothing is where nobody speaks."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from shared.evidence.transcript import Transcript, Word
from shared.media.errors import UnreadableMedia
from shared.media.speech import (
    NO_SOUND,
    NO_TRACK,
    NOBODY_SPEAKS,
    SILENT,
    UNKNOWN_CODEC,
    WordsLike,
    refine,
    transcribe,
)
from shared.media.speech_engine import shared_engine
from tests.media.sources import FailingSource
from tests.media.speech import (
    HOTWORDS,
    NARRATION,
    SENTENCES,
    TEXT,
    Samples,
    make_sound,
    music,
    narration,
    noise,
    silence,
    word_error_rate,
    words_of,
)
from tests.media.videos import make_browser_webm, make_media

#: A sentence that is lost costs more; the word or two that differ with every cut of the sound cost less.
NOTHING_IS_LOST = 0.15


def _transcribe(content: bytes, *, hotwords: str = HOTWORDS) -> Transcript:
    return transcribe(io.BytesIO(content), engine=shared_engine(None), hotwords=hotwords, on_progress=lambda: None)


def _refine(heard: Transcript, on_screen: WordsLike) -> Transcript:
    engine = shared_engine(None)
    return refine(io.BytesIO(NARRATION), heard, engine=engine, hotwords=on_screen, on_progress=lambda: None)


def _text(transcript: Transcript) -> str:
    return " ".join(word.text for word in transcript.words)


def _start_s(transcript: Transcript, text: str) -> float:
    return next(word.start_s for word in transcript.words if words_of(word.text) == [text])


def test_what_is_said_is_written_down() -> None:
    transcript = _transcribe(NARRATION)

    assert word_error_rate(TEXT, _text(transcript)) <= 0.07
    assert (transcript.language, transcript.model, transcript.note) == ("en", "tiny.en", "")


def test_words_on_the_screen_are_heard_where_others_would_be_guessed() -> None:
    with_hotwords, without = _transcribe(NARRATION), _transcribe(NARRATION, hotwords="")

    assert "balance" in words_of(_text(with_hotwords))
    assert "balance" not in words_of(_text(without))
    assert word_error_rate(TEXT, _text(with_hotwords)) < word_error_rate(TEXT, _text(without))


def test_what_was_uncertain_is_heard_again_with_what_stood_on_the_screen_then() -> None:
    guessed = _transcribe(NARRATION, hotwords="")
    asked: list[tuple[float, float]] = []

    def on_screen(_: Sequence[Word], start_s: float, end_s: float) -> str:
        asked.append((start_s, end_s))
        return HOTWORDS

    refined = _refine(guessed, on_screen)

    assert "balance" in words_of(_text(refined))
    assert word_error_rate(TEXT, _text(refined)) < word_error_rate(TEXT, _text(guessed))
    assert asked[0][0] <= guessed.words[0].start_s
    assert asked[-1][1] >= guessed.words[-1].end_s
    assert list(refined.words) == sorted(refined.words, key=lambda word: word.start_s)


def test_where_no_other_words_may_be_meant_everything_stays_as_it_was_heard() -> None:
    heard = _transcribe(NARRATION, hotwords="")

    assert _refine(heard, lambda *_: "") == heard


@pytest.mark.parametrize("hotwords", ["you " * 500, "Glossary: " * 40, "\0 \u202e <|endoftext|> <|notimestamps|>"])
def test_hotwords_that_make_no_sense_do_little_harm(hotwords: str) -> None:
    assert word_error_rate(TEXT, _text(_transcribe(NARRATION, hotwords=hotwords))) <= 0.3


def test_every_word_is_where_its_sentence_is_said() -> None:
    words = _transcribe(NARRATION).words

    for word in words:
        middle_s = (word.start_s + word.end_s) / 2
        assert any(sentence.from_s - 0.5 <= middle_s <= sentence.until_s + 0.5 for sentence in SENTENCES)
    assert [word.start_s for word in words] == sorted(word.start_s for word in words)
    assert all(word.start_s <= word.end_s and 0 <= word.probability <= 1 for word in words)


@pytest.mark.parametrize(("word", "sentence"), [("hamilton", 1), ("rows", 2), ("press", 3), ("gone", 4)])
def test_a_word_has_its_own_time(word: str, sentence: int) -> None:
    said = SENTENCES[sentence]
    words = words_of(said.text)
    about_s = said.from_s + (said.until_s - said.from_s) * words.index(word) / len(words)

    assert _start_s(_transcribe(NARRATION), word) == pytest.approx(about_s, abs=0.6)


def test_sound_that_starts_late_keeps_its_distance_from_the_pictures() -> None:
    content = make_sound((5, narration()), pictures_s=range(30))

    transcript = _transcribe(content)

    assert _start_s(transcript, "press") == pytest.approx(_start_s(_transcribe(NARRATION), "press") + 5, abs=0.2)


def test_a_recording_that_starts_late_starts_at_zero() -> None:
    content = make_sound((60, narration()), pictures_s=range(60, 80))

    transcript = _transcribe(content)

    assert _start_s(transcript, "press") == pytest.approx(_start_s(_transcribe(NARRATION), "press"), abs=0.2)


def test_a_muted_hour_between_two_sentences_is_an_hour() -> None:
    content = make_sound((0, narration()), (3600, narration()))

    transcript = _transcribe(content)

    halves = [[word.text for word in transcript.words if (word.start_s > 1800) is late] for late in (False, True)]
    assert word_error_rate(TEXT, " ".join(halves[0])) <= NOTHING_IS_LOST
    assert word_error_rate(TEXT, " ".join(halves[1])) <= NOTHING_IS_LOST
    assert transcript.words[-1].end_s == pytest.approx(3600 + SENTENCES[-1].until_s, abs=0.5)


@pytest.mark.parametrize("before_s", [96, 99, 103, 107])
def test_a_word_that_two_looks_share_is_heard_once(before_s: int) -> None:
    content = make_sound((0, silence(before_s)), (before_s, narration()))

    transcript = _transcribe(content)

    assert word_error_rate(TEXT, _text(transcript)) <= NOTHING_IS_LOST
    assert _start_s(transcript, "press") == pytest.approx(before_s + SENTENCES[3].from_s + 0.7, abs=0.6)


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("mov", "pcm_s16le"),
        ("mp4", "aac"),
    ],
    ids=["pcm", "aac"],
)
def test_other_containers_and_codecs_are_heard_as_well(container: str, codec: str) -> None:
    transcript = _transcribe(make_sound((0, narration()), container=container, codec=codec))

    assert word_error_rate(TEXT, _text(transcript)) <= NOTHING_IS_LOST


@pytest.mark.parametrize(
    ("samples", "note"),
    [(silence(30), SILENT), (noise(30), NOBODY_SPEAKS), (music(30), NOBODY_SPEAKS)],
    ids=["silence", "noise", "music"],
)
def test_where_nobody_speaks_there_are_no_words(samples: Samples, note: str) -> None:
    transcript = _transcribe(make_sound((0, samples)))

    assert (transcript.words, transcript.note) == ((), note)


def test_a_video_without_sound_has_no_words() -> None:
    transcript = _transcribe(make_browser_webm(audio=None))

    assert (transcript.words, transcript.note) == ((), NO_TRACK)


def test_a_codec_that_no_browser_records_with_is_not_decoded() -> None:
    transcript = _transcribe(make_media("matroska", audio="flac"))

    assert (transcript.words, transcript.note) == ((), UNKNOWN_CODEC)


def test_sound_that_cannot_be_decoded_has_no_words() -> None:
    content = bytearray(make_sound((0, noise(3)), container="mov", codec="pcm_s16le"))
    channels_at = content.index(b"sowt") + 20
    content[channels_at : channels_at + 2] = b"\x00\x0b"

    transcript = _transcribe(bytes(content))

    assert (transcript.words, transcript.note) == ((), NO_SOUND)


def test_a_file_that_was_cut_is_heard_up_to_the_cut() -> None:
    transcript = _transcribe(NARRATION[: len(NARRATION) // 2])

    said = " ".join(sentence.text for sentence in SENTENCES[:2])
    heard = " ".join(word.text for word in transcript.words if word.start_s < SENTENCES[2].from_s)
    assert word_error_rate(said, heard) < 0.3
    assert transcript.words[-1].end_s < 15


def test_a_failing_source_is_its_own_error() -> None:
    with pytest.raises(ConnectionResetError):
        transcribe(
            FailingSource(NARRATION, len(NARRATION) // 2),
            engine=shared_engine(None),
            hotwords="",
            on_progress=lambda: None,
        )


def test_what_is_no_media_file_says_so() -> None:
    with pytest.raises(UnreadableMedia, match="neither WebM"):
        _transcribe(b"#EXTM3U\n")


def test_what_the_progress_callback_raises_ends_the_work() -> None:
    calls = iter(range(1))

    def cancel() -> None:
        if next(calls, None) is None:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        transcribe(io.BytesIO(NARRATION), engine=shared_engine(None), hotwords="", on_progress=cancel)
