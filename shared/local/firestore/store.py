"""The database: documents in memory, their journal on disk, and one lock around both."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock

import grpc

from shared.local.firestore.documents import Documents
from shared.local.firestore.engine import run_query
from shared.local.firestore.errors import Refused, invalid
from shared.local.firestore.index_rules import check_indexes
from shared.local.firestore.journal import Journal
from shared.local.firestore.listing import Listing, Page, list_collection_ids, list_page
from shared.local.firestore.query import Query
from shared.local.firestore.schema import Mode, Schema
from shared.local.firestore.sorted_index import SortedIndex
from shared.local.firestore.stored_document import StoredDocument
from shared.local.firestore.transactions import Transaction, Transactions
from shared.local.firestore.ttl import TtlIndex
from shared.local.firestore.wire import Message
from shared.local.firestore.write_rules import check_writes
from shared.local.firestore.writes import WriteBatch

_MATCHES_PER_READ = 1000


@dataclass
class Counters:
    """Documents read, written and deleted since the start, counted as production bills them.

    A missing document that was asked for is a read, and so is one that an offset passes over; an aggregation is one
    read per 1,000 matches, at least one.
    """

    reads: int = 0
    writes: int = 0
    deletes: int = 0


class Store:
    """Every database of the server; each method is one atomic step.

    Where a method takes the id of a transaction, the empty id means none. All raise Refused.
    """

    def __init__(self, path: Path, schema: Schema, *, enforce_indexes: bool = True) -> None:
        self.counters = Counters()
        self._schema = schema
        self._enforce_indexes = enforce_indexes
        self._lock = RLock()
        self._transactions = Transactions()
        self._ttl = [TtlIndex(ttl) for ttl in schema.ttl]
        self._documents = Documents([*_declared_indexes(schema), *(ttl.index for ttl in self._ttl)])
        self._journal = Journal(path)
        stored = [StoredDocument(message) for message in self._journal.documents()]
        self._documents.load(stored)
        self._last_us = max((document.update_us for document in stored), default=0)

    def tick(self) -> int:
        """Return the time in microseconds; no two calls, before or after a restart, get the same."""
        with self._lock:
            self._last_us = max(self._last_us + 1, time.time_ns() // 1000)
            return self._last_us

    def get(self, names: Iterable[str], transaction_id: bytes = b"") -> list[StoredDocument | None]:
        """Return the documents of those names, None for a missing one."""
        with self._lock:
            transaction = self._transactions.use(transaction_id) if transaction_id else None
            documents = self._seen_by(transaction)
            found = {name: documents.get(name) for name in names}
            if transaction is not None:
                transaction.reads = found | transaction.reads  # what it saw first must still be true
            self.counters.reads += len(found)
            return list(found.values())

    def find(self, query: Query, transaction_id: bytes = b"") -> list[StoredDocument]:
        """Return the documents that a query finds, in order."""
        with self._lock:
            found = self._run(query, transaction_id)
            self.counters.reads += self._passed_over(query, found) + len(found)
            return found

    def find_to_aggregate(self, query: Query, transaction_id: bytes = b"") -> list[StoredDocument]:
        """Return the documents that a query finds, of which the caller returns a few numbers only."""
        with self._lock:
            found = self._run(query, transaction_id)
            self.counters.reads += max(1, math.ceil(len(found) / _MATCHES_PER_READ))
            return found

    def commit(self, writes: Sequence[Message], transaction_id: bytes = b"") -> tuple[list[Message], int]:
        """Apply all writes or none, durably; return their results and the commit time in microseconds."""
        check_writes(writes)
        with self._lock:
            if transaction_id:
                self._finish(transaction_id, writes)
            now_us = self.tick()
            batch = WriteBatch(self._documents, now_us)
            results = [batch.apply(write) for write in writes]
            self._keep(batch.changes)
            return results, now_us

    def begin(self, *, read_only: bool) -> bytes:
        """Start a transaction and return its id; a read-only one sees the documents as they are now."""
        with self._lock:
            return self._transactions.begin(self._documents.snapshot() if read_only else None)

    def roll_back(self, transaction_id: bytes) -> None:
        """End a transaction without writing."""
        with self._lock:
            self._transactions.roll_back(transaction_id)

    def list_page(self, listing: Listing) -> Page:
        """Return a page of the documents of a collection, by name."""
        with self._lock:
            page = list_page(listing, self._documents)
            self.counters.reads += len(page.documents)
            return page

    def list_collection_ids(self, parent: str) -> list[str]:
        """Return the ids of the collections below a document or database."""
        with self._lock:
            return list_collection_ids(self._documents, parent)

    def delete_expired(self) -> int:
        """Remove a batch of documents past their time to live and return how many."""
        with self._lock:
            now_us = self.tick()
            batch = WriteBatch(self._documents, now_us)
            for ttl in self._ttl:
                for document in ttl.expired(now_us):
                    batch.delete(document.name)
            self._keep(batch.changes)
            return len(batch.changes)

    def close(self) -> None:
        """Close the journal; nothing may be called any more."""
        with self._lock:
            self._journal.close()

    def _run(self, query: Query, transaction_id: bytes) -> list[StoredDocument]:
        if self._enforce_indexes:
            check_indexes(query, self._schema.indexes)
        transaction = self._transactions.use(transaction_id) if transaction_id else None
        found = run_query(query, self._seen_by(transaction))
        if transaction is not None:
            transaction.queries.append((query, found))
        return found

    def _passed_over(self, query: Query, found: Sequence[StoredDocument]) -> int:
        """Return how many documents the offset of a query has left out."""
        if found or not query.offset:
            return query.offset
        return len(run_query(replace(query, offset=0, limit=query.offset), self._documents))

    def _seen_by(self, transaction: Transaction | None) -> Documents:
        if transaction is None or transaction.snapshot is None:
            return self._documents
        return transaction.snapshot

    def _finish(self, transaction_id: bytes, writes: Sequence[Message]) -> None:
        """End a transaction that is about to write; refuse when what it read is no longer true."""
        transaction = self._transactions.finish(transaction_id)
        if transaction.snapshot is not None:
            if writes:
                raise invalid("Cannot modify entities in a read-only transaction.")
        elif transaction.is_stale(self._documents):
            raise Refused(grpc.StatusCode.ABORTED, "Aborted due to cross-transaction contention. Please try again.")

    def _keep(self, changes: Mapping[str, Message | None]) -> None:
        """Make changes durable, then visible."""
        if not changes:
            return
        self._journal.commit(changes)
        for name, message in changes.items():
            if message is None:
                self._documents.remove(name)
                self.counters.deletes += 1
            else:
                self._documents.put(StoredDocument(message))
                self.counters.writes += 1


def _declared_indexes(schema: Schema) -> list[SortedIndex]:
    """Return the indexes that are kept sorted: all but those over arrays, which hold a document many times."""
    orderly = (i for i in schema.indexes if all(field.mode is not Mode.CONTAINS for field in i.fields))
    return [SortedIndex(index) for index in orderly]
