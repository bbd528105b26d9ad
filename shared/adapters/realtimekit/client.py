"""One request to the service, and what its failures mean to us.

What counts is the status, for the bodies of its errors are not documented: 4xx is a refusal that changed nothing; of
everything else (5xx, a time-out, a lost connection, a body that is no JSON) nobody knows whether it happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from shared.errors import PlayheadError
from shared.ports.meetings import MeetingRefused, MeetingUnavailable
from shared.request_budget import Budget, Limit
from shared.settings import Settings

if TYPE_CHECKING:  # imported by the first request: it takes a third of a second
    from cloudflare import APIStatusError, Cloudflare

TIMEOUT_S = 10
# The service's limits: whoever goes over them is locked out, and everybody with him.
# https://developers.cloudflare.com/realtime/realtimekit/
ALL_CALLS = Limit(3_500, 300)
RECORDING_CALLS = Limit(1_000, 50)
#: What a 429 means that does not say for how long.
_LOCKED_OUT_S = 60


class NotThere(Exception):
    """The service has nothing under that id."""


class RawAnswer(Protocol):
    """An answer as the client hands it over when it is not asked to read it."""

    def text(self) -> str: ...


class RealtimeKitClient:
    """The service's API for one app; a place of its own for the settings that say which."""

    def __init__(self, settings: Settings, *, recording_calls: Budget | None = None) -> None:
        self.settings = settings
        self.all_calls = Budget(ALL_CALLS)
        self.recording_calls = recording_calls or Budget(RECORDING_CALLS)

    @property
    def app(self) -> dict[str, str]:
        """The arguments that every method of the client takes."""
        return {
            "account_id": _needed(self.settings.cloudflare_account_id, "CLOUDFLARE_ACCOUNT_ID"),
            "app_id": _needed(self.settings.cloudflare_app_id, "CLOUDFLARE_APP_ID"),
        }

    @cached_property
    def api(self) -> Cloudflare:
        """Cloudflare's client, which repeats nothing by itself."""
        from cloudflare import Cloudflare

        token = self.settings.cloudflare_api_token
        client = Cloudflare(
            api_token=_needed(token.get_secret_value() if token else None, "CLOUDFLARE_API_TOKEN"),
            base_url=self.settings.cloudflare_url,
            timeout=TIMEOUT_S,
            max_retries=0,
        )
        # It would take these from the environment, and prefer them.
        client.api_key = client.api_email = client.user_service_key = None
        return client

    def ask(self, request: Callable[..., RawAnswer], *arguments: str, is_of_recordings: bool, **fields: object) -> Any:
        """Make one request and return its answer's JSON.

        Raises:
            NotThere: 404.
            MeetingRefused: any other 4xx, or the limit is reached and nothing was asked.
            MeetingUnavailable: nobody knows.
        """
        self._spend([self.all_calls, self.recording_calls] if is_of_recordings else [self.all_calls])
        with _translated():
            answer = request(*arguments, **self.app, **fields)
        try:
            return json.loads(answer.text())
        except ValueError as error:
            raise MeetingUnavailable("the meeting service's answer is no JSON") from error

    def _spend(self, budgets: Sequence[Budget]) -> None:
        for budget in budgets:
            if wait_s := budget.take():
                raise MeetingRefused("the limit of the meeting service is reached", retry_after_s=wait_s)


@contextmanager
def _translated() -> Iterator[None]:
    from cloudflare import APIError, APIStatusError, APITimeoutError

    try:
        yield
    except APITimeoutError as error:
        raise MeetingUnavailable("the meeting service did not answer in time") from error
    except APIStatusError as error:
        raise _failure(error) from error
    except APIError as error:
        raise MeetingUnavailable("the meeting service did not answer") from error


def _failure(error: APIStatusError) -> Exception:
    """What a status says; the body, which may say anything, stays out of it."""
    status = error.status_code
    if status == HTTPStatus.NOT_FOUND:
        return NotThere()
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        said = error.response.headers.get("Retry-After", "")
        wait_s = int(said) if said.isascii() and said.isdigit() else _LOCKED_OUT_S
        return MeetingRefused("the meeting service has too many requests", retry_after_s=wait_s)
    is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if is_refusal and status != HTTPStatus.REQUEST_TIMEOUT:
        return MeetingRefused(f"the meeting service refused with {status}")
    return MeetingUnavailable(f"the meeting service answered {status}")


def _needed(value: str | None, name: str) -> str:
    if not value:
        raise PlayheadError(f"PLAYHEAD_{name} is not set")
    return value
