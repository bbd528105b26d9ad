"""Read, bound and count an ARIA snapshot. Playwright writes one element a line, whatever the page's texts hold."""

from __future__ import annotations

import re
from collections import Counter

from shared.evidence.pages import ElementCounts

MAX_SNAPSHOT_BYTES = 256 * 1024
_CUT = "- text: cut here, the page goes on\n"

_ROLE = re.compile(r"^ *- '?([a-z]+)(?=[ :'\n]|$)", re.MULTILINE)
_INPUTS = ("textbox", "combobox", "spinbutton")


def count_elements(snapshot: str) -> ElementCounts:
    """Count what a page offers."""
    roles = Counter(_ROLE.findall(snapshot))
    return ElementCounts(
        buttons=roles["button"],
        inputs=sum(roles[role] for role in _INPUTS),
        links=roles["link"],
        headings=roles["heading"],
        images=roles["img"],
    )


def bound_snapshot(snapshot: str) -> str:
    """Cut a snapshot behind the last whole line that fits, and say so in its last line."""
    encoded = snapshot.encode()
    if len(encoded) <= MAX_SNAPSHOT_BYTES:
        return snapshot
    kept = encoded[: MAX_SNAPSHOT_BYTES - len(_CUT)]
    return kept[: kept.rfind(b"\n") + 1].decode() + _CUT
