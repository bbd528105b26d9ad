"""Optimistic transactions: nothing is locked, and what a transaction read is compared again at its commit.

An open transaction is dropped 270 s after it began, or after 60 s without a call, as in production
(firebase.google.com/docs/firestore/quotas#writes_and_transactions).
"""

import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.local.firestore.documents import Documents
from shared.local.firestore.engine import run_query
from shared.local.firestore.errors import invalid
from shared.local.firestore.query import Query
from shared.local.firestore.stored_document import StoredDocument

MAX_AGE_S = 270.0
MAX_IDLE_S = 60.0
_FINISHED_REMEMBERED = 1000


@dataclass
class Transaction:
    """What one transaction has read; `snapshot` is set for a read-only one."""

    began_s: float
    used_s: float
    snapshot: Documents | None
    reads: dict[str, StoredDocument | None] = field(default_factory=dict)
    queries: list[tuple[Query, list[StoredDocument]]] = field(default_factory=list)

    def is_stale(self, documents: Documents) -> bool:
        """Say whether anything it read has been written, added or removed since."""
        return any(documents.get(name) is not seen for name, seen in self.reads.items()) or any(
            run_query(query, documents) != seen for query, seen in self.queries
        )

    def is_expired(self, now_s: float) -> bool:
        """Say whether it was begun or used too long ago."""
        return now_s - self.began_s >= MAX_AGE_S or now_s - self.used_s >= MAX_IDLE_S


class Transactions:
    """The open transactions; `clock` tells seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[bytes, Transaction] = {}
        self._finished: deque[bytes] = deque(maxlen=_FINISHED_REMEMBERED)

    def begin(self, snapshot: Documents | None = None) -> bytes:
        """Start a transaction and return its id."""
        now_s = self._clock()
        self._open = {each: known for each, known in self._open.items() if not known.is_expired(now_s)}
        transaction_id = uuid.uuid4().bytes
        self._open[transaction_id] = Transaction(now_s, now_s, snapshot)
        return transaction_id

    def use(self, transaction_id: bytes) -> Transaction:
        """Return an open transaction and keep it from being idle.

        Raises: Refused (INVALID_ARGUMENT) when it is unknown, expired or finished.
        """
        transaction = self._open.get(transaction_id)
        if transaction is None or transaction.is_expired(self._clock()):
            raise invalid("The referenced transaction has expired or is no longer valid.")
        transaction.used_s = self._clock()
        return transaction

    def finish(self, transaction_id: bytes) -> Transaction:
        """End an open transaction and return it.

        Raises: Refused (INVALID_ARGUMENT) as `use`.
        """
        transaction = self.use(transaction_id)
        del self._open[transaction_id]
        self._finished.append(transaction_id)
        return transaction

    def roll_back(self, transaction_id: bytes) -> None:
        """End a transaction; nothing happens when it is finished, because clients roll back a failed commit.

        Raises: Refused (INVALID_ARGUMENT) when it is unknown or expired.
        """
        if transaction_id not in self._finished:
            self.finish(transaction_id)
