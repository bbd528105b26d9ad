"""Subtitles: every word is shown once, in its place, in cues that a person can read."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.evidence.transcript import Transcript, Word
from shared.evidence.webvtt import LINE_CHARS, LONGEST_S, MOST_LINES, SHORTEST_MS, Cue, cues_of, render_webvtt

_TIMING = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})")

texts = st.text(max_size=60) | st.sampled_from(
    ["Hello.", "so,", "-->", "<b>", "&amp;", "WEBVTT", "NOTE x", "a\n\nb", ""]
)
seconds = st.floats(min_value=0, max_value=20_000, allow_nan=False)


@st.composite
def spoken(draw: st.DrawFn, *, orderly: bool = False) -> list[Word]:
    """Words in the order of time; unless `orderly`, each of any length, however long the next one waits."""
    words: list[Word] = []
    at_s = draw(seconds)
    for text in draw(st.lists(texts, max_size=40)):
        length_s = draw(st.floats(0, 1.5 if orderly else 12))
        words.append(Word(text=text, start_s=at_s, end_s=at_s + length_s, probability=0.9))
        at_s += length_s if orderly else 0
        at_s += draw(st.floats(0, 3))
    return words


def word(text: str, start_s: float, end_s: float) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, probability=0.9)


def evenly(text: str, *, from_s: float = 0, word_s: float = 0.3) -> list[Word]:
    """A text whose words follow each other without a pause."""
    starts = ((from_s + number * word_s, one) for number, one in enumerate(text.split()))
    return [word(one, start_s, start_s + word_s) for start_s, one in starts]


def shown(cues: list[Cue]) -> str:
    return " ".join(" ".join(cue.lines) for cue in cues)


def said(words: list[Word]) -> str:
    return " ".join(" ".join(one.text for one in words).split())


def parse(file: str) -> list[tuple[int, int, str]]:
    """The cues of a file: from, until, text; whatever is no cue, header or comment fails the test."""
    header, *blocks = file.rstrip("\n").split("\n\n")
    assert header == "WEBVTT"
    cues = []
    for block in blocks:
        first, *lines = block.split("\n")
        if first.startswith("NOTE "):
            assert not lines
            continue
        timing = _TIMING.fullmatch(first)
        assert timing, first
        numbers = [int(one) for one in timing.groups()]
        cues.append((_ms(numbers[:4]), _ms(numbers[4:]), html.unescape(" ".join(lines))))
    return cues


def _ms(parts: list[int]) -> int:
    hours, minutes, seconds_, milliseconds = parts
    return ((hours * 60 + minutes) * 60 + seconds_) * 1000 + milliseconds


@given(spoken())
def test_the_words_of_all_cues_are_the_words_that_were_said(words: list[Word]) -> None:
    assert shown(cues_of(words)) == said(words)


@given(spoken())
def test_cues_follow_each_other_without_an_overlap(words: list[Word]) -> None:
    ends_ms = 0

    for cue in cues_of(words):
        assert ends_ms <= cue.from_ms < cue.until_ms
        ends_ms = cue.until_ms


@given(spoken())
def test_a_cue_is_neither_too_long_nor_too_wide(words: list[Word]) -> None:
    longer = {said([one]) for one in words if len(said([one])) > LINE_CHARS}

    for cue in cues_of(words):
        assert cue.until_ms - cue.from_ms <= LONGEST_S * 1000
        assert 1 <= len(cue.lines) <= MOST_LINES
        assert all(len(line) <= LINE_CHARS or line in longer for line in cue.lines)


@given(spoken(orderly=True))
def test_a_cue_begins_with_its_first_word_and_lasts_at_least_as_long_as_its_words(words: list[Word]) -> None:
    waiting = [one for one in words if one.text.strip()]

    for cue in cues_of(words):
        count = len(re.findall(r"\S+", " ".join(cue.lines)))
        own: list[Word] = []
        while sum(len(one.text.split()) for one in own) < count:
            own.append(waiting.pop(0))
        assert abs(cue.from_ms - own[0].start_s * 1000) <= len(words) + 1  # a cue of no time at all is shown for 1 ms
        assert cue.until_ms >= own[-1].end_s * 1000 - 1


@given(spoken(), st.text(max_size=40))
def test_a_file_holds_its_cues_whatever_is_said(words: list[Word], note: str) -> None:
    file = render_webvtt(Transcript(words=tuple(words), note=note))

    expected = [(cue.from_ms, cue.until_ms, " ".join(cue.lines)) for cue in cues_of(words)]
    assert [(start, end, text) for start, end, text in parse(file)] == expected
    assert file.count("-->") == len(expected)


def test_the_file_is_as_the_standard_says() -> None:
    words = (word("Press", 1, 1.25), word("<Pay>", 1.25, 1.5), word("&", 1.5, 1.6), word("wait.", 1.6, 2.5))

    file = render_webvtt(Transcript(words=(*words, word("Gone.", 3600, 3601.5)), note=""))

    assert file == (
        "WEBVTT\n\n"
        "00:00:01.000 --> 00:00:02.500\nPress &lt;Pay&gt; &amp; wait.\n\n"
        "01:00:00.000 --> 01:00:01.500\nGone.\n"
    )


def test_where_nothing_was_said_the_file_says_why() -> None:
    assert render_webvtt(Transcript(note="The video\nhas no sound.")) == "WEBVTT\n\nNOTE The video has no sound.\n"
    assert render_webvtt(Transcript()) == "WEBVTT\n"


@pytest.mark.parametrize("end", [".", "?", "!", "…"])
def test_a_sentence_ends_its_cue(end: str) -> None:
    cues = cues_of(evenly(f"That is one{end} This is another"))

    assert [cue.lines for cue in cues] == [(f"That is one{end}",), ("This is another",)]


def test_a_pause_ends_a_cue_and_a_breath_does_not() -> None:
    words = [word("one", 0, 0.4), word("two", 0.9, 1.3), word("three", 2.3, 2.6)]

    assert [cue.lines for cue in cues_of(words)] == [("one two",), ("three",)]


def test_a_long_sentence_is_cut_behind_a_comma_where_it_fills_two_lines() -> None:
    text = "when I press the button on the left side of the page, nothing that I can see happens at all"

    assert [cue.lines for cue in cues_of(evenly(text, word_s=0.2))] == [
        ("when I press the button on the left side", "of the page,"),
        ("nothing that I can see happens at all",),
    ]


def test_a_cue_stays_long_enough_to_be_read_unless_the_next_one_begins() -> None:
    words = [word("No.", 1, 1.2), word("Yes.", 1.5, 1.6)]

    assert [(cue.from_ms, cue.until_ms) for cue in cues_of(words)] == [(1000, 1500), (1500, 1500 + SHORTEST_MS)]
