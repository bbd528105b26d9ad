"""A prompt is never too long, says what it leaves out, and leaves out what tells least."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sessions.budget import BYTES_PER_TOKEN, MAX_PROMPT_BYTES, Evidence, Unit, compose
from shared.sessions.domain import AgentTarget
from shared.sessions.frames import compare_frames
from shared.sessions.prompts import render_prompt
from shared.structs import replace
from tests.unit.pictures import CHECKOUT, PAGES, Picture, element
from tests.unit.prompt_inputs import Fence, read_prompt, session

variants = pytest.mark.parametrize("target", list(AgentTarget))
TITLE = "Our words."


def evidence(*ranks: int, label: str = "numbers", width: int = 10) -> Evidence:
    return Evidence(label, tuple(Unit((f"{place:0{width}}",), (rank,)) for place, rank in enumerate(ranks)), "Heading:")


def shown(text: str) -> dict[str, list[str]]:
    _, fences = read_prompt(text)
    return {fence.label: list(fence.lines) for fence in fences}


parts = st.lists(
    st.lists(st.integers(0, 4), max_size=8).map(lambda ranks: evidence(*ranks)) | st.just("More of our words."),
    min_size=1,
    max_size=5,
).map(lambda made: [TITLE, *(replace(p, label=f"n-{i}") if isinstance(p, Evidence) else p for i, p in enumerate(made))])


def test_what_fits_is_shown_whole_and_nothing_is_said_about_trimming() -> None:
    text = compose([TITLE, evidence(1, 1)], 1000)

    assert text == "Our words.\n\nHeading:\n\n````evidence numbers\n0000000000\n0000000001\n````"


def test_what_is_left_out_is_told_above_and_below() -> None:
    text = compose([TITLE, evidence(1, 3, 2, *[4] * 40)], 400)

    outside, (fence,) = read_prompt(text)
    left = 43 - len(fence.lines)
    assert 0 < left < 43
    assert fence.lines[:3] == ("0000000000", "0000000001", "0000000002")
    assert outside[2] == (
        f"Trimmed to fit 400 bytes (about 100 tokens of 4 bytes): {left} of 43 parts of the evidence are left out, the "
        "least telling first."
    )
    assert outside[-1] == f"(Left out to fit: {left} of 43 parts of this fence.)"


def test_the_lowest_ranks_stay_in_the_order_in_which_they_were_written() -> None:
    text = compose([TITLE, evidence(9, 1, 9, 2, 9, 3, width=200)], 900)

    assert [line[-1] for line in shown(text)["evidence numbers"]] == ["1", "3", "5"]


def test_a_fence_of_which_nothing_fits_goes_with_its_heading() -> None:
    text = compose([TITLE, evidence(0, label="first"), evidence(*[9] * 100, label="last")], 330)

    assert list(shown(text)) == ["evidence first"]
    assert text.count("Heading:") == 1


def test_what_is_required_stays_however_small_the_budget_is() -> None:
    assert shown(compose([TITLE, evidence(0, 1, 0)], 0)) == {"evidence numbers": ["0000000000", "0000000002"]}


@given(parts, st.integers(0, 1500))
def test_a_composition_is_within_its_budget_or_has_only_what_is_required(made: list[str | Evidence], size: int) -> None:
    text = compose(made, size)

    everything = [unit for part in made if isinstance(part, Evidence) for unit in part.units]
    required = [unit for unit in everything if unit.rank == (0,)]
    lines = sum(map(len, shown(text).values()))
    assert len(text.encode()) <= size or lines == len(required)
    assert (lines < len(everything)) == ("Trimmed to fit" in text)


@given(parts, st.integers(0, 1500), st.integers(0, 300))
def test_a_larger_budget_never_shows_less(made: list[str | Evidence], size: int, more: int) -> None:
    smaller, larger = shown(compose(made, size)), shown(compose(made, size + more))

    for label, lines in smaller.items():
        assert set(lines) <= set(larger.get(label, []))


@given(parts, st.integers(0, 1500))
def test_what_stays_ranks_before_what_goes(made: list[str | Evidence], size: int) -> None:
    kept = shown(compose(made, size))

    stays, goes = [0], list[int]()
    for part in made:
        for unit in part.units if isinstance(part, Evidence) else ():
            is_kept = unit.lines[0] in kept.get(f"evidence {part.label}", []) if isinstance(part, Evidence) else False
            (stays if is_kept else goes).append(unit.rank[0])
    assert max(stays) <= min(goes, default=9)


@variants
@pytest.mark.parametrize("filling", ["x", "é`", "😀\n", "\u202e "])
def test_no_recording_makes_a_prompt_longer_than_128_kib(target: AgentTarget, filling: str) -> None:
    many = tuple(element("text", f"{filling * 200} {place}", 0, 20 * place, 300, 16) for place in range(200))
    frames = [Picture(f"frm_{number}", number, CHECKOUT, many[number:]) for number in range(20)]
    page = replace(PAGES[0], aria="\n".join(f"- text: {filling * 50} {place}" for place in range(2000)))

    prompt = render_prompt(
        session(target, frames=compare_frames(frames), pages=(page,), notes=filling * 9000, include_raw_diff=True)
    )

    assert MAX_PROMPT_BYTES // 2 < len(prompt.encode()) <= MAX_PROMPT_BYTES
    assert "Trimmed to fit 131072 bytes" in prompt
    read_prompt(prompt)


@variants
def test_a_prompt_keeps_to_the_tokens_it_may_take_and_shows_more_with_more_of_them(target: AgentTarget) -> None:
    before: set[tuple[str, str]] = set()
    for max_tokens in range(1300, 3000, 60):
        prompt = render_prompt(session(target, max_tokens=max_tokens, include_raw_diff=True))

        _, fences = read_prompt(prompt)
        now = {(fence.label, line) for fence in fences for line in fence.lines}
        assert len(prompt.encode()) <= max_tokens * BYTES_PER_TOKEN
        assert before <= now
        before = now
    assert "Trimmed" not in prompt


@variants
def test_title_url_target_and_notes_stay_however_few_tokens_there_are(target: AgentTarget) -> None:
    prompt = render_prompt(session(target, max_tokens=0))

    _, fences = read_prompt(prompt)
    assert {fence.label for fence in fences} == {"evidence session", "evidence notes"}
    assert len(prompt.encode()) < 6 * 1024


def test_the_biggest_changes_of_the_timeline_stay_longest() -> None:
    def numbers(fences: list[Fence]) -> list[str]:
        (timeline,) = (fence for fence in fences if fence.label == "evidence timeline")
        return re.findall(r"^\[(\d)\]", "\n".join(timeline.lines), re.MULTILINE)

    seen: list[list[str]] = []
    for max_tokens in range(900, 1500, 4):
        _, fences = read_prompt(render_prompt(session(max_tokens=max_tokens)))
        if any(fence.label == "evidence timeline" for fence in fences) and numbers(fences) not in seen:
            seen.append(numbers(fences))

    # The new screens, the dialog, two changes, one, one, and the frame that could not be read.
    by_weight = ["7", "1", "4", "2", "3", "5", "6"]
    assert seen == [sorted(by_weight[:count]) for count in range(1, 8)]


def test_the_same_session_gives_the_same_prompt() -> None:
    assert render_prompt(session(max_tokens=2000)) == render_prompt(session(max_tokens=2000))
