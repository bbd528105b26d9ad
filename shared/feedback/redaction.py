"""Take secrets out of what a recording shows, before anybody reads it.

What is learnt to be a secret in one lane is taken out of all of them: a password that was typed is no less secret on
the screen, in a log line, or when it is read out.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote

from shared.evidence.credential_patterns import REDACTED, Form, looks_random
from shared.evidence.credentials import find_credentials, merged_spans, redact
from shared.evidence.screens import Screen, Screens
from shared.evidence.secret_names import is_secret_name
from shared.evidence.transcript import Transcript, Word
from shared.feedback.client_log import Context
from shared.feedback.secret_fields import typed_secrets
from shared.ports.analysts import Brief
from shared.structs import replace

#: So many secrets are known by heart; typed ones come first. Any other is still told by its form or its name.
_MOST_SECRETS = 2000
_SHORTEST_LEARNT = 4


def redact_text(text: str, secrets: Collection[str] = ()) -> str:
    """Return the text without credentials, and without the secrets that are known. Doing so twice changes nothing."""
    return redact(text, secrets)


def learn_secrets(context: Context, *, read: Iterable[str] = ()) -> frozenset[str]:
    """Return the secrets that a recording gives away: typed, sent in headers, or told by their form in any text.

    `read` is further text, such as that of the screens. What only a name announces and any word could be
    (`"password": "required"`) is not learnt, or the word would be missing everywhere.
    """
    typed = {spelling for secret in typed_secrets(context) for spelling in _encodings_of(secret)}
    found: dict[str, None] = {}
    for name, value in (pair for request in context.requests for pair in request.headers):
        found.update(dict.fromkeys(_header_secrets(name, value)))
    for text in dict.fromkeys((*_texts_of(context), *read)):
        found.update(dict.fromkeys(_secrets_in(text)))
    others = [secret for secret in found if secret not in typed]
    return frozenset([*sorted(typed, key=len, reverse=True), *others][:_MOST_SECRETS])


def brief_of(context: Context, secrets: Collection[str]) -> Brief:
    """Return what the person said of the recording, without secrets."""
    told = context.metadata
    return Brief(
        title=redact_text(told.title, secrets),
        intent=redact_text(told.intent, secrets),
        url=redact_text(told.url, secrets),
    )


def redact_screens(screens: Screens, secrets: Collection[str]) -> Screens:
    """Return the screens with every line redacted."""
    return Screens(screens=tuple(_redact_screen(screen, secrets) for screen in screens.screens))


def redact_transcript(transcript: Transcript, secrets: Collection[str]) -> Transcript:
    """Return the transcript with one `[redacted]` for each secret, over however many words it goes."""
    spans = merged_spans(find_credentials(" ".join(word.text for word in transcript.words), secrets))
    words: list[Word] = []
    start, last = 0, -1  # `last` is the span that the last word was taken out for
    number = 0
    for word in transcript.words:
        end = start + len(word.text)
        while number < len(spans) and spans[number][1] <= start:
            number += 1
        if number == len(spans) or spans[number][0] >= end:
            words.append(word)
        elif number == last:
            words[-1] = replace(words[-1], end_s=word.end_s)
        else:
            words.append(replace(word, text=REDACTED))
            last = number
        start = end + 1
    return replace(transcript, words=tuple(words))


def _redact_screen(screen: Screen, secrets: Collection[str]) -> Screen:
    lines = (replace(line, text=redact_text(line.text, secrets)) for line in screen.lines)
    return replace(screen, lines=tuple(lines))


def _texts_of(context: Context) -> Iterator[str]:
    told = context.metadata
    yield from (told.title, told.intent, told.url, *(visit.url for visit in told.visits))
    for target in (*context.elements, *(action.target for action in context.actions)):
        yield from (target.label, target.text, target.value)
    for action in context.actions:
        yield from (action.value, action.url)
    for log in context.console_logs:
        yield from (log.text, log.stack, log.url)
    for request in context.requests:
        yield from (request.url, request.error, request.sent, request.received)


def _header_secrets(name: str, value: str) -> Iterator[str]:
    if "cookie" in name.lower():
        yield from _cookie_values(value)
    elif is_secret_name(name):
        yield from (part for part in value.split() if looks_random(part, at_least=6))


def _secrets_in(text: str) -> Iterator[str]:
    for found in find_credentials(text):
        secret = text[found.start : found.end]
        if found.form is Form.COOKIES:
            yield from _cookie_values(secret)
        elif found.form is Form.USER:
            yield from _spellings_of(secret.partition(":")[2])
        elif found.form is not Form.NAMED or _tells_itself(secret):
            yield from _spellings_of(secret)


def _tells_itself(secret: str) -> bool:
    """Whether the secret is no word or phrase that may stand anywhere."""
    return len(secret) >= _SHORTEST_LEARNT and not secret.isalpha() and not any(map(str.isspace, secret))


def _cookie_values(cookies: str) -> Iterator[str]:
    values = (pair.partition("=")[2] for pair in cookies.split(";"))
    yield from (value for value in values if looks_random(value))


def _encodings_of(secret: str) -> Iterator[str]:
    """The secret as it is, and as it would stand in a URL or in JSON."""
    yield from (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret, ensure_ascii=False)[1:-1])


def _spellings_of(secret: str) -> Iterator[str]:
    """The secret as it stands in a URL or in JSON, and as it is."""
    yield from dict.fromkeys((secret, unquote(secret), secret.replace('\\"', '"').replace("\\\\", "\\")))
