"""Find credentials in a text and take them out, before anybody reads it.

Three things give a credential away: its own form (`sk_live_…`, a JWT, a card number that adds up), the name before
it (`password=…`, `"otp": "…"`, `Cookie: …`), or that it is known from elsewhere. A name that is used for other
things, too (`code`, `key`, `state`), counts only before what looks random: order numbers, prices, UUIDs and dates are
evidence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from shared.evidence.credential_patterns import PATTERNS, REDACTED, Form
from shared.structs import Struct

#: A shorter one is known only where it stands alone, as `1234` in `code 1234` and not in `order 81234`.
_SHORTEST_INSIDE = 8
#: Of these, the digits may stand in groups.
_SHORTEST_NUMBER = 12
_MARK = re.compile(re.escape(REDACTED))


class Found(Struct, frozen=True):
    """One credential in a text, from `start` up to `end`."""

    start: int
    end: int
    form: Form


def find_credentials(text: str, known: Collection[str] = ()) -> list[Found]:
    """Return every credential, sorted by where it begins; they may overlap."""
    lowered = text.lower()
    found = [
        Found(match.start("secret"), match.end("secret"), pattern.form)
        for pattern in PATTERNS
        if any(sign in lowered for sign in pattern.signs)
        for match in pattern.regex.finditer(text)
        if pattern.is_meant(match)
    ]
    found += [Found(start, end, Form.KNOWN) for start, end in _find_known(text, frozenset(known))]
    return sorted(found, key=lambda one: (one.start, one.end))


def redact(text: str, known: Collection[str] = ()) -> str:
    """Return the text with `[redacted]` for each credential. Doing so twice changes nothing more."""
    while spans := _unmarked(text, find_credentials(text, known)):
        pieces: list[str] = []
        end = 0
        for start, stop in spans:
            pieces += [text[end:start], REDACTED]
            end = stop
        text = "".join((*pieces, text[end:]))
    return text


def merged_spans(found: list[Found]) -> list[tuple[int, int]]:
    """Return where text has to go, without overlaps; `found` is sorted."""
    return _merge([(one.start, one.end) for one in found])


def _merge(sorted_spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for start, end in sorted_spans:
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def _unmarked(text: str, found: list[Found]) -> list[tuple[int, int]]:
    """Where text has to go that has not gone yet; a mark that is touched goes with it, so that less is left each time.

    One time is not always enough: what stands right behind a credential may be one only when that has gone.
    """
    if not found:
        return []
    marks = [(match.start(), match.end()) for match in _MARK.finditer(text)]
    spans = _merge(sorted([*((one.start, one.end) for one in found), *marks]))
    return [(start, end) for start, end in spans if text[start:end] != REDACTED]


def _find_known(text: str, known: frozenset[str]) -> Iterator[tuple[int, int]]:
    if not known:
        return
    squeezed = _squeeze(text)
    for secret, spelling in _spellings(known):
        if secret in squeezed:
            yield from (match.span() for match in spelling.finditer(text))


@lru_cache(maxsize=4)
def _spellings(known: frozenset[str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """For each secret what a text must hold for it to be there, and the ways in which it may be written."""
    return tuple((_squeeze(secret), _spelling(secret)) for secret in sorted(known) if _squeeze(secret))


def _spelling(secret: str) -> re.Pattern[str]:
    digits = re.sub(r"[\s-]", "", secret)
    is_number = digits.isdecimal() and len(digits) >= _SHORTEST_NUMBER
    parts = list(digits) if is_number else secret.split()
    body = (r"[\s-]?" if is_number else r"\s*").join(map(re.escape, parts))
    if len(digits) < _SHORTEST_INSIDE:
        body = rf"(?<![^\W_]){body}(?![^\W_])"
    return re.compile(body, re.IGNORECASE)


def _squeeze(text: str) -> str:
    return re.sub(r"[\s-]+", "", text.lower())
