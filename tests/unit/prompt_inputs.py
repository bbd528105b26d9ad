"""A session to write prompts of, and a reader of prompts that knows nothing of how they were written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from shared.sessions.domain import AgentTarget
from shared.sessions.frames import compare_frames
from shared.sessions.prompt_input import PromptInput
from tests.unit.pictures import CHECKOUT, FLOW, NOTES, PAGES

_OPENING = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})(?P<label>.*)")


@dataclass(frozen=True, slots=True)
class Fence:
    label: str
    lines: tuple[str, ...]


def session(target: AgentTarget = AgentTarget.CLAUDE_CODE, **changes: Any) -> PromptInput:
    values: dict[str, Any] = {
        "title": "Discount is not taken off the total",
        "target": target,
        "seed_url": CHECKOUT,
        "notes": NOTES,
        "duration_ms": 70_500,
        "frames": compare_frames(FLOW),
        "pages": PAGES,
    }
    return PromptInput(**{**values, **changes})


def read_prompt(prompt: str) -> tuple[list[str], list[Fence]]:
    """Tell the lines outside of fences from the fences, as CommonMark has it, at every kind of line break."""
    outside: list[str] = []
    fences: list[Fence] = []
    mark, label = "", ""
    inside: list[str] = []
    for line in prompt.splitlines():
        opening = _OPENING.fullmatch(line)
        if mark and re.fullmatch(rf" {{0,3}}{re.escape(mark)}{re.escape(mark[0])}* *", line):
            fences.append(Fence(label, tuple(inside)))
            mark = ""
        elif mark:
            inside.append(line)
        elif opening is not None and not ("`" in opening["mark"] and "`" in opening["label"]):
            mark, label, inside = opening["mark"], opening["label"].strip(), []
        else:
            outside.append(line)
    assert not mark, "a fence is not closed"
    return outside, fences
