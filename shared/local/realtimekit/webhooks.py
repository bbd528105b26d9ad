"""Tell the app of every change, at least once: 2xx is delivered, 5xx and silence are tried again, all else is final."""

import logging
import threading
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from shared.local.faults.deliveries import FaultyDeliveries
from shared.local.realtimekit.entities import SECOND_US, Webhook, now_us
from shared.local.realtimekit.kit import Kit
from shared.local.realtimekit.signing import WebhookKey
from shared.local.tasks.delivery import Answer, DeadlineExceeded, Request, Unreachable, deliver

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults

WEBHOOK_ID = "10ca1000-0000-4000-8000-00000000f00d"
_WORKERS = 4
_TIMEOUT_S = 10.0
_MOST_ATTEMPTS = 10
_FIRST_BACKOFF_S = 0.5
_LONGEST_WAIT_S = 30.0

_log = logging.getLogger(__name__)


class Courier:
    """Carry webhooks to the app, a few at a time."""

    def __init__(self, kit: Kit, key: WebhookKey, url: str | None, faults: "Faults | None" = None) -> None:
        self._kit = kit
        self._key = key
        self._url = url
        self._faults = faults and FaultyDeliveries(faults, answer=Answer, lost=Unreachable)
        # Guards what is under way, which only this process knows.
        self._lock = threading.Lock()
        self._under_way: set[str] = set()

    def start(self) -> None:
        """Begin, in threads of its own."""
        for number in range(_WORKERS if self._url else 0):
            changed = self._kit.watch()
            threading.Thread(target=self._keep_sending, args=(changed,), name=f"courier-{number}", daemon=True).start()

    def headers(self, webhook: Webhook) -> dict[str, str]:
        """Return the headers that a webhook is sent with."""
        return {
            "Content-Type": "application/json",
            "rtk-signature": self._key.sign(webhook.body.encode()),
            "rtk-uuid": webhook.id,
            "rtk-webhook-id": WEBHOOK_ID,
        }

    def send(self, webhook: Webhook) -> Answer:
        """Send a webhook now and return the answer.

        Raises:
            DeadlineExceeded: it did not come in time.
            Unreachable: it did not come.
        """
        if self._url is None:
            raise Unreachable("no webhook URL is configured")
        request = Request("POST", self._url, self.headers(webhook), webhook.body.encode())
        return deliver(request, deadline_s=_TIMEOUT_S)

    def note(self, webhook: Webhook, status: int | None) -> None:
        """Write down how an attempt ended; a status of None is no answer."""
        attempts = webhook.attempts + 1
        if status is not None and status < 300:
            ended = msgspec.structs.replace(webhook, state="delivered", attempts=attempts)
        elif status is not None and status < 500:
            ended = msgspec.structs.replace(webhook, state="refused", attempts=attempts)
        elif attempts >= _MOST_ATTEMPTS:
            ended = msgspec.structs.replace(webhook, state="given_up", attempts=attempts)
        else:
            due_us = now_us() + int(_FIRST_BACKOFF_S * 2 ** (attempts - 1) * SECOND_US)
            ended = msgspec.structs.replace(webhook, due_us=due_us, attempts=attempts)
        if ended.state != "delivered":
            _log.info("webhook of %s: %s (%s)", webhook.status, status or "no answer", ended.state)
        with self._kit.changing() as session:
            session.save_webhook(ended)

    def _keep_sending(self, changed: threading.Event) -> None:
        while True:
            # Cleared before looking: what changes while we look is looked at again.
            changed.clear()
            webhook, wait_s = self._take()
            if webhook is None:
                changed.wait(wait_s)
                continue
            try:
                self.note(webhook, self._attempt(webhook))
            finally:
                with self._lock:
                    self._under_way.discard(webhook.id)

    def _take(self) -> tuple[Webhook | None, float]:
        """Return a webhook whose time has come, or how long there will be none."""
        with self._lock:
            waiting = [webhook for webhook in self._kit.webhooks_to_send() if webhook.id not in self._under_way]
            if not waiting:
                return None, _LONGEST_WAIT_S
            wait_s = (waiting[0].due_us - now_us()) / SECOND_US
            if wait_s > 0:
                return None, min(wait_s, _LONGEST_WAIT_S)
            self._under_way.add(waiting[0].id)
            return waiting[0], 0

    def _attempt(self, webhook: Webhook) -> int | None:
        send = partial(self.send, webhook)
        try:
            if self._faults and self._url:
                about = {"meeting": webhook.meeting_id, "recording": webhook.recording_id, "status": webhook.status}
                return self._faults.make(send, self._url, **about).status
            return send().status
        except (DeadlineExceeded, Unreachable):
            return None
