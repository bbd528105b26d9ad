"""What credentials look like: by their own form, or by the name before them."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum, auto

from shared.evidence.secret_names import is_ambiguous_name, is_secret_name
from shared.structs import Struct

REDACTED = "[redacted]"
_NO_VALUES = frozenset({"", "null", "undefined", "none", "nil", "true", "false", "0", "1", "***", REDACTED})
_VENDOR_KEYS = (
    r"\b(?P<secret>"
    r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{8,}|whsec_[A-Za-z0-9]{16,}|sk-(?=[A-Za-z_-]*\d)[\w-]{20,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}"
    r"|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{30,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|SG\.[\w-]{16,}\.[\w-]{16,}|ph_(?=[A-Za-z_-]*\d)[\w-]{16,}"
    r")"
)
_QUOTE = r"\\{0,7}[\"']"
_LUHN_DOUBLES = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
#: The numbers of payment cards begin so; what merely adds up is as often an order number or a time in milliseconds.
_CARD_ISSUER = re.compile(r"4|5[1-5]|2[2-7]|3[0-9]|6(?:011|2|4[4-9]|5)")


class Form(StrEnum):
    """How a credential was told from other text."""

    TOKEN = auto()  #: by its own form, or as what carries a right
    COOKIES = auto()  #: name and value pairs
    NAMED = auto()  #: by the name before it
    CARD = auto()
    USER = auto()  #: `user:password` before a host
    KNOWN = auto()  #: it is known from elsewhere


class Pattern(Struct, frozen=True):
    """A form, and what makes sure that the match is one; `secret` is the group that is taken out.

    A text in which none of `signs` stands, in lower case, is not searched: it saves most of the time that it takes.
    """

    form: Form
    signs: tuple[str, ...]
    regex: re.Pattern[str]
    is_meant: Callable[[re.Match[str]], bool] = lambda match: match["secret"].lower() not in _NO_VALUES


def looks_random(value: str, *, at_least: int = 8) -> bool:
    """Tell a key from a word or a number: letters and digits, or capitals within, and no spaces."""
    if len(value) < at_least or any(character.isspace() for character in value):
        return False
    has_digit = any(character.isdigit() for character in value)
    has_letter = any(character.isalpha() for character in value)
    return (has_digit and has_letter) or re.search(r"[a-z][A-Z]+[a-z0-9]", value) is not None or len(value) >= 32


def _is_named(match: re.Match[str]) -> bool:
    value = match["secret"]
    if value.strip("\\").lower() in _NO_VALUES:
        return False
    if is_secret_name(match["name"]):
        return True
    return is_ambiguous_name(match["name"]) and (looks_random(value, at_least=10) or _is_one_time_code(value))


def _is_member(match: re.Match[str]) -> bool:
    """What stands behind a comma may as well be the next of some names: `["password", "email"]`."""
    return _is_named(match) and (match["sign"] == ":" or looks_random(match["secret"], at_least=6))


def _is_assigned(match: re.Match[str]) -> bool:
    """`password=x1` is one, and so is `password: x1y2z3w4`, but neither `Password: required` nor `token = read()`."""
    value = match["secret"].rstrip(".")
    if "(" in value or not _is_named(match):
        return False
    return "=" in match["sign"] or looks_random(value, at_least=6)


def _is_one_time_code(value: str) -> bool:
    return value.isdecimal() and 6 <= len(value) <= 8


def _is_random_or_bearer(match: re.Match[str]) -> bool:
    return looks_random(match["secret"], at_least=12)


def _is_card(match: re.Match[str]) -> bool:
    digits = [int(digit) for digit in match["secret"] if digit.isdecimal()]
    doubled = [_LUHN_DOUBLES[digit] for digit in digits[-2::-2]]
    begins = "".join(map(str, digits[:4]))
    return (sum(doubled) + sum(digits[::-2])) % 10 == 0 and _CARD_ISSUER.match(begins) is not None


#: None of these looks twice at the same text, however long: no part can match in two ways.
PATTERNS = (
    Pattern(
        Form.TOKEN,
        ("private key",),
        re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?P<secret>.+?)(?:-----END|\Z)", re.DOTALL),
    ),
    Pattern(Form.TOKEN, ("eyj",), re.compile(r"\b(?P<secret>eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?)")),
    Pattern(Form.TOKEN, ("_", "-", ".", "akia", "asia", "aiza"), re.compile(_VENDOR_KEYS)),
    Pattern(
        Form.TOKEN,
        ("bearer", "basic"),
        re.compile(r"\b(?:bearer|basic)(?:\s|%20|\+)+(?P<secret>[\w.~+/=-]{12,})", re.IGNORECASE),
        _is_random_or_bearer,
    ),
    Pattern(
        Form.TOKEN,
        ("authorization",),
        re.compile(
            rf"\b(?:proxy-)?authorization(?:{_QUOTE})?\s*[:=,]\s*(?:{_QUOTE})?(?:[A-Za-z][\w-]{{1,20}}\s+)?"
            r"(?P<secret>[^\s,;'\"})\\]{6,})",
            re.IGNORECASE,
        ),
        lambda match: looks_random(match["secret"], at_least=6),
    ),
    Pattern(
        Form.COOKIES,
        ("cookie",),
        re.compile(
            rf"\bcookie(?:{_QUOTE})?\s*[:=,]\s*(?:{_QUOTE})?"
            r"(?P<secret>[^\s=;,\"'\\]+=[^\s;\"'\\]*(?:;\s*[^\s=;\"'\\]+(?:=[^\s;\"'\\]*)?)*)",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        Form.NAMED,
        ('"', "'"),
        re.compile(  # a member of JSON, also of JSON within JSON, or a pair of a name and a value
            rf"(?P<open>{_QUOTE})(?P<name>[\w.\-]{{2,64}})(?P=open)\s*(?P<sign>[:,])\s*(?P<quote>{_QUOTE})"
            r"(?P<secret>(?:(?!(?P=quote))(?:\\.|[^\\]))*+)",
            re.DOTALL,
        ),
        _is_member,
    ),
    Pattern(
        Form.NAMED,
        ('"', "'"),
        re.compile(rf"(?P<open>{_QUOTE})(?P<name>[\w.\-]{{2,64}})(?P=open)\s*:\s*(?P<secret>\d{{3,19}})\b"),
        _is_named,
    ),
    Pattern(
        Form.NAMED,
        ("=", "%3d"),
        re.compile(  # a parameter of a URL, also of a URL within a URL
            r"(?:[?&#;]|%3[fF]|%26|%23)(?P<name>[A-Za-z][\w.\-\[\]]{1,63})(?:=|%3[dD])"
            r"(?P<secret>(?:(?!%26)[^&#\s\"'<>\\;])+)"
        ),
        _is_named,
    ),
    Pattern(
        Form.NAMED,
        ("=", ":"),
        re.compile(
            r"(?<![\w\-?&#;])(?P<name>[A-Za-z][\w\-]{1,40})(?P<sign>\s?[=:]\s?)(?P<secret>[^\s=&\"',;<>{}\[\]]+)"
        ),
        _is_assigned,
    ),
    Pattern(
        Form.NAMED,
        ("code", "otp", "password"),
        re.compile(
            r"\b(?:otp|one[- ]time (?:pass)?(?:code|word)|(?:verification|security|2fa|login|sms) code|passcode)"
            r"(?:\s+is)?\s*[:=]?\s*(?P<secret>\d(?:[ -]?\d){3,7})(?![\w-])",
            re.IGNORECASE,
        ),
    ),
    Pattern(
        Form.USER,
        ("://",),
        re.compile(r"\b[A-Za-z][A-Za-z0-9+.\-]{1,20}://(?P<secret>[^\s/@:\"'<>?#]*:[^\s/\"'<>?#]+)@"),
    ),
    Pattern(
        Form.CARD,
        tuple("0123456789"),
        re.compile(
            r"(?<![\w.\-])(?P<secret>\d{4}(?P<gap>[ -])\d{4}(?P=gap)\d{4}(?P=gap)\d{4}"
            r"|\d{4}(?P<wide>[ -])\d{6}(?P=wide)\d{4,5}|\d{13,19})(?![\w\-])"
        ),
        _is_card,
    ),
)
