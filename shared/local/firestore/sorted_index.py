"""A declared index, kept sorted in memory, so that a page deep in a list costs what the first page costs."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator

from shared.local.firestore.ordering import invert
from shared.local.firestore.schema import Index, Mode
from shared.local.firestore.stored_document import StoredDocument


class SortedIndex:
    """The documents that have every field of an index, in its order.

    There is one sorted list per collection or, for a collection group, per database; see `bucket`. An entry is
    (key, document); the key ends with the document's name, so it is unique.
    """

    def __init__(self, definition: Index) -> None:
        self.definition = definition
        self._buckets: dict[str, list[tuple[bytes, StoredDocument]]] = defaultdict(list)

    def load(self, documents: Iterable[StoredDocument]) -> None:
        """Add many documents at once to an empty index."""
        for document in documents:
            key = self._key(document)
            if key is not None:
                self._buckets[self._bucket(document)].append((key, document))
        for entries in self._buckets.values():
            entries.sort(key=lambda entry: entry[0])

    def add(self, document: StoredDocument) -> None:
        """Add a document that the index does not hold."""
        key = self._key(document)
        if key is not None:
            insort(self._buckets[self._bucket(document)], (key, document))

    def discard(self, document: StoredDocument) -> None:
        """Take a document out again."""
        key = self._key(document)
        if key is None:
            return
        bucket = self._bucket(document)
        entries = self._buckets[bucket]
        del entries[bisect_left(entries, (key,))]
        if not entries:
            del self._buckets[bucket]

    def buckets(self) -> list[str]:
        """Return the names of all sorted lists."""
        return list(self._buckets)

    def scan(self, bucket: str, low: bytes, high: bytes) -> Iterator[StoredDocument]:
        """Yield in order the documents with low <= key < high."""
        entries = self._buckets.get(bucket, [])
        for position in range(bisect_left(entries, (low,)), len(entries)):
            key, document = entries[position]
            if key >= high:
                return
            yield document

    def _bucket(self, document: StoredDocument) -> str:
        return database_of(document.name) if self.definition.group else document.collection

    def _key(self, document: StoredDocument) -> bytes | None:
        keys = []
        for field in self.definition.fields:
            key = document.key(field.path)
            if key is None:
                return None
            keys.append(invert(key) if field.mode is Mode.DESCENDING else key)
        return b"".join(keys)


def database_of(name: str) -> str:
    """Return `projects/P/databases/D` of a document or collection path."""
    return name.partition("/documents")[0]
