"""The key of the service's webhooks, fetched once and again when it no longer fits."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

import requests

from shared.ports.meetings import MeetingUnavailable
from shared.settings import settings

TIMEOUT_S = 10
#: So that forged webhooks cannot make us ask all the time.
REFRESH_EVERY_S = 60.0


class FetchedKeys:
    """`WebhookKeys` from the URL where the service publishes its key; safe to share between threads."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._lock = Lock()
        self._key: str | None = None
        self._asked_again_s: float | None = None

    def key(self) -> str:
        with self._lock:
            if self._key is None:
                self._key = self._fetch()
            return self._key

    def key_after(self, refused: str) -> str | None:
        with self._lock:
            if self._key == refused and self._may_ask_again():
                self._key = self._fetch()
                self._asked_again_s = self._clock()
            return None if self._key == refused else self._key

    def _may_ask_again(self) -> bool:
        return self._asked_again_s is None or self._clock() - self._asked_again_s >= REFRESH_EVERY_S

    def _fetch(self) -> str:
        try:
            answer = requests.get(self._url, timeout=TIMEOUT_S)
            answer.raise_for_status()
            content = answer.json()
        except requests.RequestException as error:
            raise MeetingUnavailable(f"the key of the webhooks is not to be had: {type(error).__name__}") from error
        match content:
            case {"data": {"publicKey": str(key)}}:
                return key
        raise MeetingUnavailable("the key of the webhooks is not where it should be")


def webhook_keys() -> FetchedKeys:
    """The keys of this process."""
    return FetchedKeys(settings().realtimekit_keys_url)
