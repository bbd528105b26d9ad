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

_REDACTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>)]*"), r"\1?[redacted]"),
    (re.compile(r"(/[^\s?\"'<>]*)\?[^\s\"'<>)]*="), r"\1?[redacted]="),
    (re.compile(r"\bph_([a-z0-9]{16})_[A-Za-z0-9_-]+"), r"ph_\1_[redacted]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+"), r"\1 [redacted]"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?"), "[redacted token]"),
    (
        re.compile(
            r"(?i)(x-goog-signature|x-goog-credential|x-upload-token|x-api-key|authorization)(['\"]?\s*[:=]\s*['\"]?)[^\s&,'\"}]+"
        ),
        r"\1\2[redacted]",
    ),
)


def redact(text: str) -> str:
    """The text without credentials, tokens and query strings."""
    for pattern, replacement in _REDACTIONS:
        text = pattern.sub(replacement, text)
    return text


class CloudFormatter(logging.Formatter):
    """A log record as one line of JSON with Cloud Logging's special fields."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "severity": record.levelname if record.levelname != "NOTSET" else "DEFAULT",
            "time": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "message": redact(record.getMessage()),
            "logger": record.name,
        }
        entry |= getattr(record, "fields", {})
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
        "logging.googleapis.com/trace_sampled": span.flags == "01",
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
