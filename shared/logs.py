"""Structured logs as Cloud Logging reads them, with every secret taken out on the way.

One JSON object a line. What a caller sent (query strings, bodies, credentials, signed URLs) is never logged on
purpose; the redaction below is for what libraries put into their messages.
https://cloud.google.com/logging/docs/structured-logging
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from shared.tracing import current_span

_SENSITIVE = r"authorization|x[-_]api[-_]key|x[-_]upload[-_]token|x-goog-signature|x-goog-credential|cookie"
_QUOTED = r"'[^']*'|\"[^\"]*\""
_WORDS = r"[^\s,;'\"})]+(?: [^\s,;'\"})]+)?"
_REDACTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    # The query string of anything that looks like an address.
    (re.compile(r"(?<=[^\s?])\?[^\s\"'<>]+"), "?[redacted]"),
    # A header as text, in the repr of a dictionary or of pairs: to the end of the quotes, or two words.
    (
        re.compile(
            rf"(?i)({_SENSITIVE})(['\"]?\s*[:=,]\s*(?!\[?b?\[redacted)[\[(]?(?:b(?=['\"]))?)({_QUOTED}|{_WORDS})"
        ),
        r"\1\2[redacted]",
    ),
    (re.compile(r"\bph_([a-z0-9]{16})_[A-Za-z0-9_-]+"), r"ph_\1_[redacted]"),
    (re.compile(r"(?i)\b(bearer|basic) [A-Za-z0-9._~+/=-]{12,}"), r"\1 [redacted]"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?"), "[redacted token]"),
)


def redact(text: str) -> str:
    """The text without credentials, tokens and query strings. Redacting twice changes nothing more."""
    for pattern, replacement in _REDACTIONS:
        text = pattern.sub(replacement, text)
    return text


def _redacted(value: Any) -> Any:
    """Every text inside a field, redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    return [_redacted(item) for item in value] if isinstance(value, list) else value


class CloudFormatter(logging.Formatter):
    """A log record as one line of JSON with Cloud Logging's special fields."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "severity": record.levelname if record.levelname != "NOTSET" else "DEFAULT",
            "time": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "message": redact(record.getMessage()),
            "logger": record.name,
        }
        entry |= _redacted(getattr(record, "fields", {}))
        entry |= _trace_fields()
        if record.exc_info:
            entry["exception"] = redact("".join(traceback.format_exception(*record.exc_info)))
        return json.dumps(entry, default=str, ensure_ascii=False)


def _trace_fields() -> dict[str, Any]:
    span = current_span()
    if span is None:
        return {}
    project = os.environ.get("PLAYHEAD_PROJECT", "-")
    return {
        "logging.googleapis.com/trace": f"projects/{project}/traces/{span.trace_id}",
        "logging.googleapis.com/spanId": span.span_id,
        "logging.googleapis.com/trace_sampled": bool(int(span.flags, 16) & 1),
    }


def configure_logs(level: str) -> None:
    """Make every log record of this process pass through the formatter; calling it again changes nothing."""
    root = logging.getLogger()
    if any(isinstance(handler.formatter, CloudFormatter) for handler in root.handlers):
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(CloudFormatter())
    root.handlers[:] = [handler]
    root.setLevel(level)
