"""The prompts as agents get them, to be read by people: whoever changes a word sees here what it makes of the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.sessions.domain import AgentTarget
from shared.sessions.prompt_input import PromptInput
from shared.sessions.prompts import render_prompt
from tests.unit.prompt_inputs import Fence, read_prompt, session

FOLDER = Path(__file__).parent / "golden"
GOLDEN = {
    FOLDER / "claude-code.md": session(AgentTarget.CLAUDE_CODE),
    FOLDER / "codex.md": session(AgentTarget.CODEX),
    FOLDER / "cursor.md": session(AgentTarget.CURSOR),
    FOLDER / "raw.md": session(AgentTarget.RAW, include_raw_diff=True),
    FOLDER / "claude-code-without-notes-trimmed.md": session(notes="", max_tokens=1000, include_screenshots=False),
}
#: What each variant has to tell, by the labels of its fences.
SECTIONS = ["session", "timeline", "page-counts", "aria-snapshot", "notes"]


def write(given: PromptInput) -> str:
    return render_prompt(given) + "\n"


def fences_of(prompt: str) -> dict[str, Fence]:
    _, fences = read_prompt(prompt)
    return {fence.label.removeprefix("evidence "): fence for fence in fences}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_prompt_is_the_golden_one(path: Path) -> None:
    assert write(GOLDEN[path]) == path.read_text()


@pytest.mark.parametrize("target", list(AgentTarget))
def test_every_variant_has_all_sections_in_the_order_of_the_contract(target: AgentTarget) -> None:
    labels = [label for label in fences_of(render_prompt(session(target))) if label in SECTIONS]

    assert labels == SECTIONS


def test_the_variants_say_different_things_about_the_same_evidence() -> None:
    outsides = [set(read_prompt(render_prompt(session(target)))[0]) - {""} for target in AgentTarget]

    for place, one in enumerate(outsides):
        for other in outsides[place + 1 :]:
            # What they share is the introduction of each tree and of the pictures, and at most a heading or two.
            assert len(one & other) <= 8
    raw = " ".join(outsides[list(AgentTarget).index(AgentTarget.RAW)])
    assert not any(word in raw for word in ("DO", "do\n", "- [ ]", "test", "Find"))


@pytest.mark.parametrize("target", list(AgentTarget))
def test_pictures_are_named_by_the_ids_of_their_frames_if_they_are_wanted(target: AgentTarget) -> None:
    assert "picture: frm_A1B2C3D4" in render_prompt(session(target))

    without = render_prompt(session(target, include_screenshots=False))

    assert "picture:" not in without
    assert "frm_" not in without


@pytest.mark.parametrize("target", list(AgentTarget))
def test_trees_are_quoted_if_they_are_wanted(target: AgentTarget) -> None:
    with_trees = fences_of(render_prompt(session(target)))
    without = fences_of(render_prompt(session(target, inline_aria_tree=False)))

    assert '- heading "Checkout" [level=1]' in with_trees["aria-snapshot"].lines
    assert set(with_trees) - set(without) >= {"aria-snapshot", "screen-at-moment-1", "screen-at-moment-7"}
    assert not any("tree" in label or "aria" in label for label in without)


@pytest.mark.parametrize("target", list(AgentTarget))
def test_the_raw_difference_is_appended_if_it_is_wanted(target: AgentTarget) -> None:
    assert "raw-diff" not in fences_of(render_prompt(session(target)))

    lines = fences_of(render_prompt(session(target, include_raw_diff=True)))["raw-diff"].lines

    assert '2 ~ button "Apply" [disabled] -> button "Apply"' in lines
    assert '5 ~ button "Confirm" -> button "Confirm" [disabled] in dialog "Place this order?"' in lines
    assert '7 - button "Cancel"' in lines


@pytest.mark.parametrize("target", list(AgentTarget))
def test_a_session_without_frames_pages_and_notes_has_a_prompt_too(target: AgentTarget) -> None:
    prompt = render_prompt(session(target, frames=(), pages=(), notes=" \n", seed_url=None))

    assert list(fences_of(prompt)) == ["session"]
    assert "url: (none)" in fences_of(prompt)["session"].lines
