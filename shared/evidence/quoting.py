"""Find a quotation in what it is said to be from, whatever blanks, quotes and dashes it is written with."""

from __future__ import annotations

import re
import unicodedata

_SAME = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)
_INVISIBLE = frozenset({"Cc", "Cf"})
#: What a text says to be somebody else's words; straight quotes count where they come in pairs.
_CURLY = re.compile("“([^“”]*)”")
_STRAIGHT = re.compile('"([^"]*)"')
#: Punctuation that belongs to the sentence around a quotation, though it stands within the quotes.
_TRAILING = ".,;:!?… "


def normalise(text: str) -> str:
    """Write a text so that two that read alike are equal; doing it twice changes nothing more."""
    folded = unicodedata.normalize("NFKC", text.translate(_SAME)).casefold()
    plain = " ".join(unicodedata.normalize("NFKC", folded).translate(_SAME).split())
    if plain.isprintable():
        return plain
    visible = (character for character in plain if unicodedata.category(character) not in _INVISIBLE)
    return " ".join("".join(visible).split())


def quotations_in(text: str) -> list[str]:
    """List what a text puts between quotes, normalised; what says nothing is left out."""
    pieces = [*_CURLY.findall(text), *_STRAIGHT.findall(_CURLY.sub(" ", text))]
    return [quoted for piece in pieces if (quoted := normalise(piece).strip(_TRAILING))]


def shorten(text: str, max_chars: int) -> str:
    """Take the beginning of a text, on one line and to the end of a word; what is left is still found in the text."""
    line = " ".join(text.split())
    if len(line) <= max_chars:
        return line
    head = line[: max_chars + 1]
    if " " in head:
        return head.rsplit(" ", 1)[0]
    end = max_chars
    while end and unicodedata.combining(line[end]):  # a letter without its accent is another one
        end -= 1
    return line[:end]


def quoted(text: str, max_chars: int) -> str:
    """Put the beginning of a text between quotes, with an ellipsis behind them where it goes on."""
    head = shorten(text, max_chars)
    goes_on = len(head) < len(" ".join(text.split()))
    # Quotes within would end the quotation for whoever looks for it.
    return f"“{head.replace('“', chr(34)).replace('”', chr(34))}”{' …' if goes_on else ''}"
