"""Deliver finalize events as Eventarc does: binary-mode CloudEvents over HTTP, signed, at least once."""

import http.client
import json
import threading
import urllib.parse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from shared.local.faults.deliveries import FaultyDeliveries
from shared.local.storage.config import Receiver
from shared.local.storage.outbox import Outbox, PendingEvent
from shared.local.storage.resources import with_links

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults
    from shared.local.identity.tokens import TokenSigner

_WORKERS_PER_RECEIVER = 4
_TIMEOUT_S = 600.0
# A CloudEvents HTTP header keeps printable ASCII but for the space, the quote and the percent sign.
_HEADER_SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


class Courier:
    """Carry events from the outbox to their receivers, on a few threads of each receiver's own."""

    def __init__(
        self, outbox: Outbox, base_url: str, issuer: str, identity_key: Path, faults: "Faults | None" = None
    ) -> None:
        self._outbox = outbox
        self._base_url = base_url
        self._issuer = issuer
        self._identity_key = identity_key
        self._faults = faults and FaultyDeliveries(faults, answer=int, lost=ConnectionError)
        self._signer: TokenSigner | None = None

    def start(self, receivers: Sequence[Receiver]) -> None:
        """Start the threads; they end with the process, and what was in flight is delivered again."""
        for receiver in receivers:
            for _ in range(_WORKERS_PER_RECEIVER):
                threading.Thread(target=self._work, args=(receiver,), daemon=True).start()

    def _work(self, receiver: Receiver) -> None:
        while True:
            event = self._outbox.take(receiver.route)
            failure = self._deliver(event, receiver)
            if failure is None:
                self._outbox.delivered(event)
            else:
                self._outbox.failed(event, failure)

    def _deliver(self, event: PendingEvent, receiver: Receiver) -> str | None:
        """Make one attempt; return why it failed. Every delivery passes here."""
        resource = with_links(event.resource, self._base_url)
        headers = {**event_headers(event), "Content-Type": "application/json"}
        try:
            headers["Authorization"] = f"Bearer {self._token(receiver)}"
            post = partial(_post, receiver.url, json.dumps(resource).encode(), headers)
            if self._faults:
                post = partial(
                    self._faults.make, post, receiver.url, bucket=resource["bucket"], object=resource["name"]
                )
            status = post()
        except (OSError, http.client.HTTPException, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        return None if 200 <= status < 300 else f"status {status}"

    def _token(self, receiver: Receiver) -> str:
        if self._signer is None:
            # Slow to import, and its key is made by another part: neither may delay the start of this one.
            from shared.local.identity.tokens import TokenSigner

            self._signer = TokenSigner(self._issuer, self._identity_key)
        return self._signer.token(receiver.account, receiver.audience)


def event_headers(event: PendingEvent) -> dict[str, str]:
    """Return the CloudEvents attributes as headers."""
    bucket, name = event.resource["bucket"], event.resource["name"]
    return {
        "ce-specversion": "1.0",
        "ce-id": event.id,
        "ce-type": "google.cloud.storage.object.v1.finalized",
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{bucket}",
        "ce-subject": urllib.parse.quote(f"objects/{name}", safe=_HEADER_SAFE),
        "ce-time": event.resource["updated"],
        "ce-bucket": bucket,
    }


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """POST without following redirects, and return the status."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", parts.path or "/", body, headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
