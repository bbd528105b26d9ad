"""Time to live: documents whose declared timestamp field has passed are removed.

Production takes up to 24 hours; here it is about a second. A reader must look at the timestamp in both.
"""

import itertools
from collections.abc import Callable, Iterator
from threading import Event

from shared.local.firestore.fields import NAME
from shared.local.firestore.ordering import TIMESTAMP, encode
from shared.local.firestore.schema import Index, IndexField, Mode, TtlField
from shared.local.firestore.sorted_index import SortedIndex
from shared.local.firestore.stored_document import StoredDocument
from shared.local.firestore.wire import Value, timestamp

SWEEP_INTERVAL_S = 1.0
BATCH_SIZE = 100


class TtlIndex:
    """The documents of a collection id, by the time they expire; a value that is no timestamp never does."""

    def __init__(self, ttl: TtlField) -> None:
        fields = (IndexField(ttl.path, Mode.ASCENDING), IndexField(NAME, Mode.ASCENDING))
        self.index = SortedIndex(Index(ttl.collection, group=True, fields=fields))

    def expired(self, now_us: int) -> Iterator[StoredDocument]:
        """Yield the documents that expired before `now_us`, the oldest first, at most one batch."""
        now = encode(Value(timestamp_value=timestamp(now_us)))
        scans = (self.index.scan(bucket, TIMESTAMP, now) for bucket in self.index.buckets())
        return itertools.islice(itertools.chain.from_iterable(scans), BATCH_SIZE)


def sweep(delete_expired: Callable[[], int], stopped: Event) -> None:
    """Until `stopped`, remove what is due; `delete_expired` removes one batch and returns its size."""
    while not stopped.wait(SWEEP_INTERVAL_S):
        while delete_expired():
            pass
