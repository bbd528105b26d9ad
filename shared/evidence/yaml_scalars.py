"""Strings in the part of YAML that ARIA snapshots are written in: plain, or in one of two kinds of quotes."""

from __future__ import annotations

import re

_ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NAMES = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_TO_ESCAPE = re.compile(r'[\\"\x00-\x1f\x7f-\x9f]')
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: What YAML would not read back as the same string.
_NEEDS_QUOTES = re.compile(
    r"""^[\s\ufeff\-&*\],?!>|@"'#%\[]      # starts like something else than a string
      | [\s\ufeff]$
      | [\x00-\x08\n-\x1f\x7f-\x9f{}`]
      | :(?:[\s\ufeff]|$)                  # a key
      | [\s\ufeff]\#                       # a comment
      | ^(?:y|n|yes|no|true|false|on|off|null|~|[-+]?\.(?:inf|nan))$
    """,
    re.VERBOSE | re.IGNORECASE,
)
#: What JavaScript's `Number()` takes for one.
_NUMBER = re.compile(
    r"[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|Infinity)|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+"
)


class MalformedScalar(ValueError):
    """A quoted string does not end where the line does, or has an escape that YAML does not know."""


def unquote(scalar: str) -> str:
    """Read a string in double quotes, in single quotes, or plain."""
    if scalar.startswith('"'):
        return _read_double(scalar)
    if scalar.startswith("'"):
        if len(scalar) < 2 or not scalar.endswith("'"):
            raise MalformedScalar("the string in single quotes does not end")
        return scalar[1:-1].replace("''", "'")
    return scalar.strip()


def quote_key(key: str) -> str:
    """Write a key, in single quotes where it needs them."""
    return "'" + key.replace("'", "''") + "'" if needs_quotes(key) else key


def quote_value(value: str) -> str:
    """Write a value, in double quotes where it needs them."""
    if not needs_quotes(value):
        return value
    return '"' + _TO_ESCAPE.sub(lambda match: _NAMES.get(match[0], f"\\x{ord(match[0]):02x}"), value) + '"'


def needs_quotes(text: str) -> bool:
    """Tell whether YAML would read the plain text as something else than this string."""
    return not text or _NEEDS_QUOTES.search(text) is not None or _NUMBER.fullmatch(text) is not None


def _read_double(scalar: str) -> str:
    inner = scalar[1:-1]
    if len(scalar) < 2 or not scalar.endswith('"') or re.search(r'(?<!\\)(?:\\\\)*"', inner):
        raise MalformedScalar("the string in double quotes does not end")
    if len(inner) - len(inner.rstrip("\\")) & 1:
        raise MalformedScalar("the string in double quotes does not end")
    text = _ESCAPE.sub(_unescape, inner)
    return _SURROGATE.sub("\ufffd", _SURROGATE_PAIR.sub(_join_pair, text))


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code is None:
        return _ESCAPES.get(match[4], match[4])
    if int(code, 16) > 0x10FFFF:
        raise MalformedScalar(f"\\U{code} is no character")
    return chr(int(code, 16))


def _join_pair(match: re.Match[str]) -> str:
    return match[0].encode("utf-16", "surrogatepass").decode("utf-16")
