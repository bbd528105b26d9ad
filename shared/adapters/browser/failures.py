"""Why a page could not be had, in the words that users read.

| reason                            | what happened                                                            |
| --------------------------------- | ------------------------------------------------------------------------ |
| `timed out after 15 s`            | loading, redirects, a slow body, a busy script: all share this time      |
| `refused: private address`        | the URL, a redirect or something on the page leads to what is not public |
| `refused: port not allowed`, …    | … or is refused by the guard for another reason                          |
| `name not found`                  | the name has no address                                                  |
| `connection refused`, `connection timed out`, `connection failed` | nobody answered there                    |
| `HTTP 503`                        | the page's own status is 400 or above                                    |
| `not a page: application/pdf`     | something else than HTML                                                 |
| `not a page: a download`          | a page that is sent to be saved                                          |
| `not a page: no content`          | an answer that leaves the browser where it was                           |
| `larger than 50 MB`               | the page and all that it loads                                           |
| `takes more than 1536 MB`         | of memory, browser and driver included                                   |
| `too many redirects`              | more than Chromium follows (20)                                          |
| `certificate not valid`           | TLS was not accepted                                                     |
| `connection closed`               | the server went away within its answer                                   |
| `navigated away`                  | the page would not hold still to be read                                 |
| `the page crashed`                | its process ended, for want of memory for example                        |
| `the browser ended`               | the whole browser did                                                    |
| `could not be loaded (ERR_…)`     | anything else, in Chromium's words                                       |
"""

from __future__ import annotations

import re

#: What worker and session say; the inspector, who gave the time, says how long it was.
TIMED_OUT = "timed out"

_PHRASES = (
    ("Download is starting", "not a page: a download"),
    ("Page crashed", "the page crashed"),
    ("Target crashed", "the page crashed"),
    ("ERR_TOO_MANY_REDIRECTS", "too many redirects"),
    ("ERR_CERT_", "certificate not valid"),
    ("ERR_SSL_", "certificate not valid"),
    ("ERR_ABORTED", "not a page: no content"),
    ("ERR_EMPTY_RESPONSE", "connection closed"),
    ("ERR_CONNECTION_", "connection closed"),
    ("ERR_INCOMPLETE_", "connection closed"),
    ("ERR_CONTENT_LENGTH_MISMATCH", "connection closed"),
    ("Execution context was destroyed", "navigated away"),
    ("navigation", "navigated away"),
)
_NET_ERROR = re.compile(r"ERR_[A-Z_]+")
_PAGE_TYPES = ("text/html", "application/xhtml+xml")


def reason_of(message: str) -> str:
    """Say what Playwright's message means."""
    for phrase, reason in _PHRASES:
        if phrase in message:
            return reason
    net_error = _NET_ERROR.search(message)
    return f"could not be loaded ({net_error[0]})" if net_error else "could not be loaded"


def reason_of_size(max_bytes: int) -> str:
    """Say how much may be loaded."""
    return f"larger than {max_bytes // 1024**2} MB"


def reason_of_memory(max_bytes: int) -> str:
    """Say how much may be taken."""
    return f"takes more than {max_bytes // 1024**2} MB"


def reason_of_response(status: int, content_type: str) -> str | None:
    """Say why this answer is no page, or None when it is one; without a type it is what Chromium makes of it."""
    if status >= 400:
        return f"HTTP {status}"
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type and media_type not in _PAGE_TYPES:
        return f"not a page: {media_type[:80]}"
    return None
