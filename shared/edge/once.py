"""`Idempotency-Key` at the edge: reserve before the handler, forget when it fails."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from shared.errors import InvalidRequest
from shared.ports import Recordings, Transaction
from shared.recordings import idempotency
from shared.recordings.idempotency import Once, OnceRecord
from shared.recordings.recording import Caller

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@contextmanager
def once(
    key: str | None,
    *,
    caller: Caller,
    function: str,
    body: bytes,
    recordings: Recordings,
    now: datetime,
) -> Iterator[Once]:
    """What a handler that creates is to do about the caller's key.

    Raises:
        InvalidRequest: the key is not 1 to 255 visible ASCII characters.
        Conflict: the key came with another body, or its first request is still at work.
    """
    if key is None:
        yield Once()
        return
    if not _KEY.fullmatch(key):
        raise InvalidRequest("Idempotency-Key must be 1 to 255 visible ASCII characters")
    id = idempotency.record_id(caller, function, key)
    body_hash = hashlib.sha256(body).hexdigest()

    def reserve(transaction: Transaction) -> Once:
        found, record = idempotency.reserve(transaction.once(id), id=id, body_hash=body_hash, now=now)
        if record is not None:
            transaction.save(record)
        return found

    reserved = recordings.transact(reserve)
    try:
        yield reserved
    except Exception:
        if reserved.record is not None:
            _forget(reserved.record, recordings)
        raise


def _forget(reservation: OnceRecord, recordings: Recordings) -> None:
    """Errors are not remembered: the same key may try again."""

    def forget(transaction: Transaction) -> None:
        if transaction.once(reservation.id) == reservation:
            transaction.remove(reservation)

    recordings.transact(forget)
