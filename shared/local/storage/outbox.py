"""Finalize events that wait for their receivers, in the same database as the objects they announce.

An event is added in the transaction that publishes the object and leaves when a receiver accepted it, or when
it is a day old, as Eventarc does it. `in_flight` belongs to this process: a new one starts with none.
"""

import json
import logging
import sqlite3
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from shared.local.storage.catalogue import Catalogue
from shared.local.storage.config import Receiver
from shared.local.storage.resources import JsonObject, StoredObject, now_us

_SECOND_US = 1_000_000
_FIRST_BACKOFF_S = 0.5
_MAX_BACKOFF_S = 60.0
_MAX_AGE_US = 24 * 3600 * _SECOND_US
_LONGEST_SLEEP_S = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PendingEvent:
    """One object that one receiver has not accepted yet; `attempts` counts the failures."""

    id: str
    route: str
    resource: JsonObject
    created_us: int
    attempts: int


class Outbox:
    """Keep events until they are delivered."""

    def __init__(self, catalogue: Catalogue, receivers: Sequence[Receiver]) -> None:
        self._catalogue = catalogue
        self._receivers = receivers
        self._changed = threading.Condition()
        with catalogue.writing() as db:
            # After a restart nothing is in flight and nothing needs to wait.
            db.execute("UPDATE events SET in_flight = 0, due_us = created_us")
        self._drop_unroutable()

    def add(self, db: sqlite3.Connection, stored: StoredObject) -> None:
        """Add one event for each receiver of the object's bucket, in the caller's transaction."""
        resource = json.dumps(stored.resource())
        for receiver in self._receivers:
            if receiver.bucket == stored.bucket:
                db.execute(
                    "INSERT INTO events (id, route, resource, created_us, due_us) VALUES (?, ?, ?, ?, ?)",
                    (uuid.uuid4().hex, receiver.route, resource, stored.created_us, stored.created_us),
                )

    def announce(self) -> None:
        """Wake those who wait for an event, after the commit that added it."""
        with self._changed:
            self._changed.notify_all()

    def take(self, route: str) -> PendingEvent:
        """Wait for the next event of `route` that is due, and mark it in flight."""
        with self._changed:
            while not (event := self._take_due(route)):
                self._changed.wait(self._sleep_s(route))
        return event

    def delivered(self, event: PendingEvent) -> None:
        """Forget an event that its receiver accepted."""
        with self._catalogue.writing() as db:
            db.execute("DELETE FROM events WHERE id = ?", (event.id,))

    def failed(self, event: PendingEvent, cause: str) -> None:
        """Try an event again later: 0.5 s, doubling up to 60 s; a day after the object it is dropped."""
        name = event.resource["name"]
        if now_us() - event.created_us > _MAX_AGE_US:
            _log.warning("event of %s dropped after 24 h, %d attempts: %s", name, event.attempts + 1, cause)
            self.delivered(event)
            return
        delay_s = min(_MAX_BACKOFF_S, _FIRST_BACKOFF_S * 2 ** min(event.attempts, 10))
        _log.info("event of %s not accepted, again in %.1f s: %s", name, delay_s, cause)
        with self._catalogue.writing() as db:
            db.execute(
                "UPDATE events SET in_flight = 0, attempts = attempts + 1, due_us = ? WHERE id = ?",
                (now_us() + int(delay_s * _SECOND_US), event.id),
            )
        self.announce()

    def _take_due(self, route: str) -> PendingEvent | None:
        with self._catalogue.writing() as db:
            row = db.execute(
                "SELECT id, route, resource, created_us, attempts FROM events"
                " WHERE route = ? AND in_flight = 0 AND due_us <= ? ORDER BY due_us LIMIT 1",
                (route, now_us()),
            ).fetchone()
            if not row:
                return None
            db.execute("UPDATE events SET in_flight = 1 WHERE id = ?", (row["id"],))
        return PendingEvent(**{**dict(row), "resource": json.loads(row["resource"])})

    def _sleep_s(self, route: str) -> float:
        with self._catalogue.reading() as db:
            row = db.execute(
                "SELECT min(due_us) AS due_us FROM events WHERE route = ? AND in_flight = 0", (route,)
            ).fetchone()
        due_us: int | None = row["due_us"]
        if due_us is None:
            return _LONGEST_SLEEP_S
        return max(0.0, min(_LONGEST_SLEEP_S, (due_us - now_us()) / _SECOND_US))

    def _drop_unroutable(self) -> None:
        """Drop events a day old that nobody will try: their receiver is no longer configured."""
        routes = json.dumps([receiver.route for receiver in self._receivers])
        with self._catalogue.writing() as db:
            dropped = db.execute(
                "DELETE FROM events WHERE created_us < ? AND route NOT IN (SELECT value FROM json_each(?))",
                (now_us() - _MAX_AGE_US, routes),
            ).rowcount
        if dropped:
            _log.warning("%d events dropped after 24 h without a receiver", dropped)
