"""What each failure of the SDK means for who wanted a picture read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pydantic import ValidationError

from shared.ports.frames import FrameReadError, ReaderRejectedUs, ReaderUnavailable, UnusableAnswer

#: What the SDK's own reading of an answer fails with: it parses the service's JSON, and the model's within that.
_UNREADABLE = (json.JSONDecodeError, ValidationError, RecursionError)


def known_failures() -> tuple[type[Exception], ...]:
    """Return what a request to the model is known to fail with."""
    import httpx2
    from google.auth.exceptions import GoogleAuthError
    from google.genai import errors

    return errors.APIError, httpx2.TransportError, GoogleAuthError, *_UNREADABLE


def failure_of(error: Exception) -> FrameReadError:
    """Return what one of the known failures means."""
    import httpx2
    from google.genai import errors

    if isinstance(error, errors.APIError):
        headers = getattr(error.response, "headers", None) or {}
        return _failure_of_status(int(error.code or 0), _retry_after_s(headers))
    if isinstance(error, _UNREADABLE):
        return UnusableAnswer("not_json", "The answer of the service cannot be read.")
    if isinstance(error, httpx2.TimeoutException):
        return ReaderUnavailable("timed_out", "The model did not answer in time.")
    if isinstance(error, httpx2.TransportError):
        return ReaderUnavailable("unreachable", "The model cannot be reached.")
    return ReaderRejectedUs("not_allowed", "There is no token for the model.")


def _failure_of_status(status: int, retry_after_s: float | None) -> FrameReadError:
    if status == 429:
        message = "The model takes no more requests now (429)."
        return ReaderUnavailable("rate_limited", message, retry_after_s=retry_after_s)
    if status in (408, 504):
        message = f"The model did not answer in time ({status})."
        return ReaderUnavailable("timed_out", message, retry_after_s=retry_after_s)
    if status == 404:
        return ReaderRejectedUs("unknown_model", "There is no such model in this project and location (404).")
    if status in (401, 403):
        return ReaderRejectedUs("not_allowed", f"The model may not be used ({status}).")
    if 400 <= status < 500:
        return ReaderRejectedUs("bad_request", f"The model does not take the request ({status}).")
    return ReaderUnavailable("failed", f"The model failed ({status}).", retry_after_s=retry_after_s)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, which is a number or a date."""
    value = headers.get("Retry-After")
    if value is None:
        return None
    if value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)
