"""Posting to tenants' servers, through the guard that every URL of a user goes through."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from contextlib import suppress

import requests
from urllib3.exceptions import HTTPError

from shared.errors import Upstream, UpstreamTimeout
from shared.guard.check import Check, check_url
from shared.guard.cutoff import Cutoff
from shared.guard.session import CONNECT_TIMEOUT_S, guarded_session
from shared.guard.targets import read_target
from shared.settings import settings

TIMEOUT_S = 30.0
#: So much of an answer is taken off the line, for servers that mind who hangs up while they speak.
MOST_OF_AN_ANSWER = 64 * 1024


class GuardedWebhooks:
    """`WebhookSender` over `requests`."""

    def __init__(self, check: Check, *, timeout_s: float = TIMEOUT_S) -> None:
        self._check = check
        self._timeout_s = timeout_s

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> int:
        read_target(url)  # the session checks where it connects, and that alone: not, say, credentials
        with (
            Cutoff(self._timeout_s) as cutoff,
            guarded_session(self._check, cutoff) as session,
            self._ask(session, cutoff, url, body, headers) as answer,
        ):
            with suppress(HTTPError, OSError):  # the server has said what counts
                answer.raw.read(MOST_OF_AN_ANSWER, decode_content=False)
            return answer.status_code

    def _ask(
        self, session: requests.Session, cutoff: Cutoff, url: str, body: bytes, headers: Mapping[str, str]
    ) -> requests.Response:
        too_late = UpstreamTimeout(f"no answer within {self._timeout_s:g} s")
        timeouts_s = (CONNECT_TIMEOUT_S, self._timeout_s)
        try:
            answer = session.post(
                url, data=body, headers=dict(headers), timeout=timeouts_s, allow_redirects=False, stream=True
            )
        except requests.RequestException as error:
            if cutoff.is_over or isinstance(error, requests.Timeout):
                raise too_late from error
            raise Upstream(_why(error)) from error
        if cutoff.is_over:  # headers that were cut off look complete
            raise too_late
        return answer


def _why(error: requests.RequestException) -> str:
    """What happened, in words that tell nothing of the network behind a name."""
    if isinstance(error, requests.exceptions.SSLError):
        return "no TLS connection could be made"
    if isinstance(error, requests.ConnectionError):
        return "the connection failed"
    return "the answer is not HTTP"


def webhook_sender() -> GuardedWebhooks:
    """The sender of this process: to the public internet, and to the hosts that the deployment lists."""
    return GuardedWebhooks(functools.partial(check_url, allowed_hosts=frozenset(settings().allowed_hosts)))
