"""Words that are on the screen, for those who listen to what is said of it. Secrets are not among them."""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches

from shared.evidence.credential_patterns import REDACTED
from shared.evidence.screens import Screen, Screens
from shared.evidence.transcript import Word
from shared.feedback.client_log import Context
from shared.feedback.redaction import learn_secrets, redact_text

MOST_HOTWORDS = 60
#: A word that was heard with more needs no help; one with less may be another that looks like it, by `difflib`.
_CERTAIN, _ALIKE = 0.9, 0.6
_MOST_ALIKE = 3
_WORD = re.compile(r"[^\W\d_][^\W\d_'’-]{2,30}")
#: Said anyway, and heard rightly without our help.
_PLAIN_WORD = re.compile("and|are|but|for|from|has|have|not|our|that|the|this|was|will|with|you|your")


def hotwords_of(context: Context) -> str:
    """Return the words that a client names of its page, in its order: at most 60."""
    secrets = learn_secrets(context)
    words: dict[str, str] = {}
    for text in _texts_of_page(context):
        for word in _words(text, secrets):
            words.setdefault(word.casefold(), word)
        if len(words) >= MOST_HOTWORDS:
            break
    return " ".join(list(words.values())[:MOST_HOTWORDS])


class ScreenWords:
    """The words on the screens of a recording, by time."""

    def __init__(self, screens: Screens, context: Context) -> None:
        read = (line.text for screen in screens.screens for line in screen.lines)
        self._secrets = learn_secrets(context, read=read)
        self._screens = screens.screens
        starts = [screen.timestamp_ms / 1000 for screen in screens.screens]
        self._spans = list(zip(starts, [*starts[1:], float("inf")], strict=True))

    def like(self, heard: Sequence[Word], start_s: float, end_s: float) -> str:
        """Return words that stood on the screen then and look like what was heard there without certainty.

        In the order of time; a word that was heard as it is written needs no help.
        """
        shown = self._shown(start_s, end_s)
        for word in heard:
            shown.pop(_folded(word), None)
        unsure = [_folded(word) for word in heard if word.probability < _CERTAIN]
        alike = {found for word in unsure for found in get_close_matches(word, shown, _MOST_ALIKE, _ALIKE)}
        return " ".join(word for folded, word in shown.items() if folded in alike)

    def _shown(self, start_s: float, end_s: float) -> dict[str, str]:
        """The words that stood there then, by their folded spelling."""
        shown: dict[str, str] = {}
        for screen, (shown_s, gone_s) in zip(self._screens, self._spans, strict=True):
            if shown_s < end_s and gone_s > start_s:
                for word in self._words(screen):
                    shown.setdefault(word.casefold(), word)
        return shown

    def _words(self, screen: Screen) -> Iterator[str]:
        return (word for line in screen.lines for word in _words(line.text, self._secrets))


def _texts_of_page(context: Context) -> Iterable[str]:
    yield context.metadata.title
    for target in (*(action.target for action in context.actions), *context.elements):
        yield from (text for text in (target.label, target.text) if text)


def _words(text: str, secrets: Collection[str]) -> Iterator[str]:
    for word in _WORD.findall(redact_text(text, secrets).replace(REDACTED, " ")):
        if not _PLAIN_WORD.fullmatch(word.casefold()):
            yield word


def _folded(word: Word) -> str:
    return word.text.strip(string.punctuation).casefold()
