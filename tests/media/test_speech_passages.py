"""Where somebody speaks, however sound arrives and however long it is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.media.sound import RATE_HZ, Sound
from shared.media.speech_passages import Passage, speech_passages
from tests.media.speech import SENTENCES, Samples, narration, silence

PERIOD_S = 26


def _in_pieces(samples: Samples, *, start_s: float = 0.0, piece_s: float = 0.06) -> Iterator[Sound]:
    size = round(piece_s * RATE_HZ)
    for at in range(0, len(samples), size):
        yield Sound(start_s + at / RATE_HZ, samples[at : at + size])


def _utterances(sound: Iterator[Sound]) -> list[Sound]:
    return [utterance for passage in speech_passages(sound) for utterance in passage.utterances]


def test_each_sentence_is_found_with_its_quiet_beginning_and_end() -> None:
    utterances = _utterances(_in_pieces(narration()))

    for sentence in SENTENCES:
        assert any(
            one.start_s <= sentence.from_s + 0.1 and one.end_s >= sentence.until_s - 0.1 for one in utterances
        ) or _is_covered(sentence.from_s, sentence.until_s, utterances)
    assert not _is_covered(14.0, 16.0, utterances)


def _is_covered(from_s: float, until_s: float, utterances: list[Sound]) -> bool:
    """Whether hardly anything of a time is in no utterance."""
    covered_s = sum(max(0.0, min(one.end_s, until_s) - max(one.start_s, from_s)) for one in utterances)
    return covered_s > 0.8 * (until_s - from_s)


@pytest.mark.parametrize("shift_s", [0, 5, 11])
def test_ten_minutes_are_heard_as_one_minute_is(shift_s: int) -> None:
    one = narration()[: PERIOD_S * RATE_HZ]
    periods = 600 // PERIOD_S

    utterances = _utterances(_in_pieces(np.concatenate([silence(shift_s), *[one] * periods])))

    for period in range(periods):
        for sentence in SENTENCES:
            at_s = shift_s + period * len(one) / RATE_HZ
            assert _is_covered(at_s + sentence.from_s, at_s + sentence.until_s, utterances), (period, sentence)


def test_no_moment_is_heard_twice_and_no_passage_is_longer_than_the_window() -> None:
    one = narration()

    passages = list(speech_passages(_in_pieces(np.concatenate([one] * 12))))

    utterances = [utterance for passage in passages for utterance in passage.utterances]
    ends = [0.0, *(one.end_s for one in utterances)]
    assert all(one.start_s >= end - 0.001 for one, end in zip(utterances, ends, strict=False))
    assert all(passage.duration_s <= 29 for passage in passages)
    assert all(len(passage.samples) == round(passage.duration_s * RATE_HZ) for passage in passages)


def test_talk_without_a_pause_is_cut_into_windows() -> None:
    samples = narration()
    talk = np.concatenate([samples[round(one.from_s * RATE_HZ) : round(one.until_s * RATE_HZ)] for one in SENTENCES])

    passages = list(speech_passages(_in_pieces(np.concatenate([talk] * 14))))

    duration_s = 14 * len(talk) / RATE_HZ
    assert sum(passage.duration_s for passage in passages) == pytest.approx(duration_s, rel=0.1)
    assert all(passage.duration_s <= 29 for passage in passages)


def test_silence_and_nothing_have_no_passages() -> None:
    assert list(speech_passages(_in_pieces(silence(300)))) == []
    assert list(speech_passages(iter([Sound(0.0, silence(0))]))) == []
    assert list(speech_passages(iter([]))) == []


def test_a_gap_in_the_track_moves_what_follows_and_costs_nothing() -> None:
    one = narration()
    day_s = 23 * 3600.0

    utterances = _utterances(iter([*_in_pieces(one), *_in_pieces(one, start_s=day_s)]))

    assert _is_covered(day_s + SENTENCES[0].from_s, day_s + SENTENCES[0].until_s, utterances)
    assert not _is_covered(30, 40, utterances)


@settings(max_examples=200, deadline=None)
@given(
    starts_s=st.lists(st.floats(0, 50), min_size=1, max_size=5),
    length_s=st.floats(0.2, 5),
    from_s=st.floats(-1, 30),
    word_s=st.floats(0, 2),
)
def test_a_word_lies_in_one_utterance_and_never_ends_before_it_begins(
    starts_s: list[float], length_s: float, from_s: float, word_s: float
) -> None:
    starts_s = [start_s + number * 60 for number, start_s in enumerate(starts_s)]
    passage = Passage(tuple(Sound(start_s, silence(length_s)) for start_s in starts_s))

    start_s, end_s = passage.locate(from_s, from_s + word_s)

    assert start_s <= end_s
    assert any(one.start_s <= start_s and end_s <= one.end_s for one in passage.utterances)


def test_a_word_is_as_far_into_its_utterance_as_it_was_into_the_passage() -> None:
    passage = Passage((Sound(10.0, silence(2)), Sound(40.0, silence(3))))

    assert passage.locate(0.5, 1.0) == (10.5, 11.0)
    assert passage.locate(2.5, 3.0) == (40.5, 41.0)
    assert passage.locate(1.8, 2.1) == (11.8, 12.0)
