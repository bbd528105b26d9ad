"""`Idempotency-Key`: the same request twice makes one resource.

    (none) ─reserve─▶ in progress ─the resource's own transaction─▶ made(resource id)
                          └── failed or 60 s later: forgotten

A creator that is slower than its reservation may find the key reserved anew: then it makes nothing. A replay renders
its answer from the resource again, so its signed URLs are fresh.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Protocol

from shared.errors import Conflict
from shared.recordings.recording import Caller
from shared.structs import Struct, replace

IN_PROGRESS_FOR = timedelta(seconds=60)
REMEMBERED_FOR = timedelta(hours=24)


class KeyReused(Conflict):
    """This Idempotency-Key was used with another request body."""

    code = "idempotency_key_reused"


class StillInProgress(Conflict):
    """A request with this Idempotency-Key is still in progress."""

    code = "idempotency_in_progress"


class OnceRecord(Struct, frozen=True, kw_only=True):
    """What is kept of one key: never the key itself."""

    id: str
    body_hash: str
    expire_at: datetime
    resource_id: str | None = None  #: None while in progress


class OnceRecords(Protocol):
    """What a transaction can do with the records of keys."""

    def once(self, id: str) -> OnceRecord | None: ...
    def save(self, record: OnceRecord, /) -> None: ...


class Once(Struct, frozen=True, kw_only=True):
    """What a handler that creates something is given.

    `made`: the resource that an earlier request with this key made; render that one again.
    `record`: to be completed in the resource's transaction; None where the caller sent no key.
    """

    record: OnceRecord | None = None
    made: str | None = None

    def complete(self, transaction: OnceRecords, resource_id: str, *, now: datetime) -> None:
        """Remember what was made, in the transaction that makes it; without a key there is nothing to do.

        Raises:
            StillInProgress: the reservation ran out, and the key is another request's or forgotten.
        """
        if self.record is None:
            return
        if transaction.once(self.record.id) != self.record:
            raise StillInProgress
        transaction.save(replace(self.record, resource_id=resource_id, expire_at=now + REMEMBERED_FOR))


def record_id(caller: Caller, function: str, key: str) -> str:
    """The id under which a key is remembered: of this tenant, user and function."""
    parts = "\x00".join((caller.tenant_id, caller.user_id, function, key))
    return hashlib.sha256(parts.encode()).hexdigest()


def reserve(existing: OnceRecord | None, *, id: str, body_hash: str, now: datetime) -> tuple[Once, OnceRecord | None]:
    """What a request with this key is to do, and the record to save first (None: nothing to save).

    Raises:
        KeyReused: the key came with another body.
        StillInProgress: the first request is still at work.
    """
    if existing is None or existing.expire_at <= now:
        record = OnceRecord(id=id, body_hash=body_hash, expire_at=now + IN_PROGRESS_FOR)
        return Once(record=record), record
    if existing.body_hash != body_hash:
        raise KeyReused
    if existing.resource_id is None:
        raise StillInProgress
    return Once(made=existing.resource_id), None
