"""The prompt of a session: the evidence of a recording, written for the agent that is to read it.

Sections of every variant: title, URL and target; the recording in numbers; the timeline; what a browser found behind
each URL; the notes; and, except for `RAW`, what to do. `shared.evidence.fencing` says how what is quoted stays a
quotation, `shared.sessions.budget` what is left out of a prompt that would be too long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shared.sessions.budget import BYTES_PER_TOKEN, MAX_PROMPT_BYTES, Part, compose
from shared.sessions.domain import AgentTarget
from shared.sessions.prompt_input import PromptInput
from shared.sessions.variants.claude_code import write_claude_code
from shared.sessions.variants.codex import write_codex
from shared.sessions.variants.cursor import write_cursor
from shared.sessions.variants.raw import write_raw
from shared.sessions.variants.reading import Reading

_VARIANTS: Mapping[AgentTarget, Callable[[Reading], list[Part]]] = {
    AgentTarget.CLAUDE_CODE: write_claude_code,
    AgentTarget.CODEX: write_codex,
    AgentTarget.CURSOR: write_cursor,
    AgentTarget.RAW: write_raw,
}


def render_prompt(session: PromptInput) -> str:
    """Write the prompt for the session's target, at most `MAX_PROMPT_BYTES` of UTF-8 or `max_tokens` long.

    A token is counted as `BYTES_PER_TOKEN` bytes. Our own words, the title and the notes are never left out, so a
    prompt takes some 6 KB however few tokens are allowed. The same input gives the same prompt.
    """
    max_bytes = MAX_PROMPT_BYTES
    if session.max_tokens is not None:
        max_bytes = min(max_bytes, session.max_tokens * BYTES_PER_TOKEN)
    return compose(_VARIANTS[session.target](Reading.of(session)), max_bytes)
