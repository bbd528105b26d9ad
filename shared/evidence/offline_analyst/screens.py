"""What a line that has come onto a screen tells: a complaint, an outcome, or that a dialog has opened.

The signs are English words, as are the sentences that are made of them; on a screen in another language the frames
still tell what has changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.evidence.timeline import Evidence

#: More new lines than these are another screen rather than a change on one.
MOST_LINES_OF_A_CHANGE = 15
_LONGEST_MESSAGE_CHARS = 200
#: Says that something has gone wrong, wherever it stands.
_ALARM = re.compile(
    r"\b(error|failed|failure|fatal|exception|went wrong|denied|forbidden|unavailable|timed out|expired|crashed|"
    r"could not|couldn[’']t|was not|wasn[’']t|unable to|page not found)\b",
    re.IGNORECASE,
)
#: Says what to do better: a complaint where it appears beside what was typed, a description on a new page.
_ADVICE = re.compile(
    r"\b(please (enter|select|choose|fill|provide|check|correct|try)|(is|are) required|"
    r"must (be|have|contain|match|not)|cannot|can[’']t|invalid|not valid|incorrect|wrong|mismatch|missing|"
    r"do(es)? not (match|exist)|doesn[’']t (match|exist)|already (exists|taken|in use)|not found|"
    r"too (short|long|large|many|small)|try again|not allowed)\b",
    re.IGNORECASE,
)
_OUTCOME = re.compile(
    r"\b(success(ful|fully)?|saved|sent|submitted|created|deleted|removed|updated|added to|applied|confirmed|"
    r"completed?|changed to|thank you|thanks|welcome back|signed (in|out)|logged (in|out)|uploaded|received)\b",
    re.IGNORECASE,
)
#: The buttons that only a dialog has.
_WAYS_OUT = re.compile(r"(cancel|close|dismiss|not now|got it|no,? thanks|maybe later|ok|okay|[×✕✖x])", re.IGNORECASE)
_ASKING = re.compile(r"\b(are you sure|do you (really )?want)\b", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+")


def complains(line: str, *, alarms_only: bool) -> bool:
    """Whether a new line says that something is wrong; a question is about errors, and none itself.

    With `alarms_only` advice does not count: on a new page it describes what is to be filled in.
    """
    text = line.strip()
    if len(text) > _LONGEST_MESSAGE_CHARS or text.endswith("?"):
        return False
    return bool(_ALARM.search(text)) or (not alarms_only and bool(_ADVICE.search(text)))


def tells_an_outcome(line: str) -> bool:
    """Whether a new line says that something was done."""
    return len(line) <= _LONGEST_MESSAGE_CHARS and bool(_OUTCOME.search(line))


def dialog_among(lines: Sequence[Evidence]) -> Evidence | None:
    """Find the line that a dialog begins with, where these lines, which came together, look like one.

    A dialog has a question or a way out besides something to say.
    """
    asks = any(_ASKING.search(line.text) for line in lines)
    leaves = any(_WAYS_OUT.fullmatch(line.text.strip()) for line in lines)
    said = [line for line in lines if not _WAYS_OUT.fullmatch(line.text.strip())]
    return said[0] if said and (asks or (leaves and len(lines) > 1)) else None


def reading_order(line: Evidence) -> tuple[float, list[int], str]:
    """Return a line's place on its frame, which its id counts: the tenth comes after the second."""
    return line.at_s, [int(number) for number in _NUMBERS.findall(line.id)], line.id
