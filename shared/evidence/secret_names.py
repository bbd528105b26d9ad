"""Which names announce a secret: those of parameters, of members of JSON, and of the fields of a form."""

from __future__ import annotations

import re
from functools import lru_cache

#: A name with one of these words in it is that of a secret.
_SECRET_WORD = re.compile(
    "password|passwd|passwort|pwd|passphrase|passcode|cvv|cvc|csc|otp|totp|jwt|cookie|authorization"
)
#: A name that ends with one of these words is, too: `client_secret`, but not `secret_name`.
_SECRET_ENDING = re.compile("token|secret|signature|sig|credentials?")
#: And one that ends so, with or without signs between the words.
_SECRET_COMPOUND = re.compile(
    r"(?:(?:api|access|private|secret|auth|account|subscription|encryption|signing)key(?:id)?"
    r"|(?:access|auth|refresh|id|api)token|(?:2fa|mfa|(?:one|1)time|security|verification|auth|login|sms)code"
    r"|(?:credit|debit|bank)?card(?:number|no|num)|ccnumber|ccnum|ccnr"
    r"|phpsessid|jsessionid|codeverifier|assertion)$"
)
#: Names of many things; only what stands behind them can tell.
_AMBIGUOUS = re.compile("key|code|state|auth|hash|sid|nonce|ticket|pin|session|pass")

#: Words that make a field's `code` something that everybody may know.
_PUBLIC_CODE = re.compile(
    "coupon|promo|promotion|discount|voucher|gift|referral|zip|postal|post|postcode|country|area|product|item|order|"
    "tracking|language|currency|error|status|source|color|sort|dial|phone"
)
_FIELD_COMPOUND = re.compile("password|passwd|passphrase|passcode|onetimecode|securitycode|cardnumber|cardno|ccnum|2fa")
_FIELD_WORD = re.compile("pwd|pass|cvv|cvc|csc|otp|totp|mfa|pin|secret|token")
_CARD_WORD = re.compile("card|cc|creditcard|debitcard|pan")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(name: str) -> list[str]:
    """Split a name at its capitals, digits and signs, in lower case: `apiKey` is `api`, `key`."""
    return [word.lower() for word in _WORD.findall(name)]


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether what stands behind the name is a secret, whatever it looks like."""
    words = words_of(name)
    return bool(words) and (
        _any(_SECRET_WORD, words)
        or _SECRET_ENDING.fullmatch(words[-1]) is not None
        or _SECRET_COMPOUND.search("".join(words)) is not None
    )


def is_ambiguous_name(name: str) -> bool:
    """Whether what stands behind the name may be a secret, such as the `code` of a sign-in."""
    return _AMBIGUOUS.fullmatch("".join(words_of(name))) is not None


def is_secret_field(name: str, value: str) -> bool:
    """Whether what is typed into a field of this name or label is a secret."""
    words = words_of(name)
    if _FIELD_COMPOUND.search("".join(words)) or _any(_FIELD_WORD, words):
        return True
    if "code" in words:
        return not _any(_PUBLIC_CODE, words)
    return _any(_CARD_WORD, words) and any(character.isdecimal() for character in value)


def _any(pattern: re.Pattern[str], words: list[str]) -> bool:
    return any(pattern.fullmatch(word) for word in words)
