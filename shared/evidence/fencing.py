"""Quote what came from a recording so that it stays a quotation.

Whatever a page, a picture or a person wrote reaches a coding agent between two marks that it cannot write itself: a run
of backticks longer than any run inside, as CommonMark closes a fence only with a run as long as the one that opened it.
What cannot be seen is taken out first, so that a reader and a program find the same text and the same lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: A longer line is cut, and says so.
MAX_LINE_CHARS = 1000
_SHORTEST_MARK = 4
_BACKTICKS = re.compile("`+")
#: Line breaks of all kinds, for those programs that know them.
_BREAKS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
#: Both join and part letters in several languages and in emoji; every other format character is invisible or turns
#: the direction of the text.
_JOINERS = "\u200c\u200d"
#: Variation selectors that no font draws; text can be hidden in them.
_HIDDEN_SELECTORS = re.compile("[\U000e0100-\U000e01ef]")


def clean_lines(text: str) -> list[str]:
    """Split at every kind of line break, and clean each line."""
    return [clean_line(line) for line in _BREAKS.split(text)]


def clean_line(text: str, max_chars: int = MAX_LINE_CHARS) -> str:
    """Make one line of visible text: no control or format characters, line breaks as spaces, cut at `max_chars`."""
    # What is not looked at costs nothing: a line of a gigabyte is cut before it is cleaned.
    head = _HIDDEN_SELECTORS.sub("", _BREAKS.sub(" ", text[: 2 * max_chars]).replace("\t", "  ").rstrip())
    visible = head if head.isprintable() else "".join(map(_visible, head))
    if len(visible) <= max_chars and len(text) <= 2 * max_chars:
        return visible
    return f"{visible[:max_chars]} … (cut; {len(text)} characters)"


def mark_for(lines: Iterable[str]) -> str:
    """Choose the run of backticks that nothing in these lines can close."""
    runs = (len(run) for line in lines for run in _BACKTICKS.findall(line))
    return "`" * max(_SHORTEST_MARK, 1 + max(runs, default=0))


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    is_invisible = category == "Cc" or (category == "Cf" and character not in _JOINERS)
    return "" if is_invisible else character
