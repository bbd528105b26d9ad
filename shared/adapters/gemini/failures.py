"""What each failure of a model means, whatever it was asked for. Each port has a class of its own for each kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar

from pydantic import ValidationError

#: What the SDK's own reading of an answer fails with: it parses the service's JSON, and the model's within that.
_UNREADABLE = (json.JSONDecodeError, ValidationError, RecursionError)


class ModelFailure(Exception):
    """A request to a model came to nothing; never leaves this package."""

    retryable: ClassVar[bool] = False

    def __init__(self, code: str, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s  #: when the model says that it can be asked again


class ModelUnavailable(ModelFailure):
    """Time-out, no connection, 429 or 5xx."""

    retryable = True


class ModelUnusable(ModelFailure):
    """There is an answer, and nothing can be made of it."""

    retryable = True


class ModelRefused(ModelFailure):
    """The question or the answer was blocked."""


class ModelRejectedUs(ModelFailure):
    """The deployment is at fault."""


def known_failures() -> tuple[type[Exception], ...]:
    """Return what a request to the model is known to fail with."""
    import httpx2
    from google.auth.exceptions import GoogleAuthError
    from google.genai import errors

    return errors.APIError, httpx2.TransportError, GoogleAuthError, *_UNREADABLE


def failure_of(error: Exception) -> ModelFailure:
    """Return what one of the known failures means."""
    import httpx2
    from google.genai import errors

    if isinstance(error, errors.APIError):
        headers = getattr(error.response, "headers", None) or {}
        return _failure_of_status(int(error.code or 0), _retry_after_s(headers))
    if isinstance(error, _UNREADABLE):
        return ModelUnusable("not_json", "The answer of the service cannot be read.")
    if isinstance(error, httpx2.TimeoutException):
        return ModelUnavailable("timed_out", "The model did not answer in time.")
    if isinstance(error, httpx2.TransportError):
        return ModelUnavailable("unreachable", "The model cannot be reached.")
    return ModelRejectedUs("not_allowed", "There is no token for the model.")


def _failure_of_status(status: int, retry_after_s: float | None) -> ModelFailure:
    if status == 429:
        message = "The model takes no more requests now (429)."
        return ModelUnavailable("rate_limited", message, retry_after_s=retry_after_s)
    if status in (408, 504):
        message = f"The model did not answer in time ({status})."
        return ModelUnavailable("timed_out", message, retry_after_s=retry_after_s)
    if status == 404:
        return ModelRejectedUs("unknown_model", "There is no such model in this project and location (404).")
    if status in (401, 403):
        return ModelRejectedUs("not_allowed", f"The model may not be used ({status}).")
    if 400 <= status < 500:
        return ModelRejectedUs("bad_request", f"The model does not take the request ({status}).")
    return ModelUnavailable("failed", f"The model failed ({status}).", retry_after_s=retry_after_s)


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
