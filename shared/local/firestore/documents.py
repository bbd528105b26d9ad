"""Every live document, in memory: by collection, and in the order of each declared index."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from shared.local.firestore.sorted_index import SortedIndex
from shared.local.firestore.stored_document import StoredDocument


class Documents:
    """The documents of every database of the server.

    A collection is addressed by its full path, `projects/P/databases/D/documents/recordings`.
    """

    def __init__(self, indexes: Iterable[SortedIndex] = ()) -> None:
        self._collections: dict[str, dict[str, StoredDocument]] = {}
        self._indexes: dict[str, list[SortedIndex]] = defaultdict(list)
        for index in indexes:
            self._indexes[index.definition.collection].append(index)

    def get(self, name: str) -> StoredDocument | None:
        """Return the document of that full name, or None."""
        return self._collections.get(name.rpartition("/")[0], {}).get(name)

    def collection(self, path: str) -> Collection[StoredDocument]:
        """Return the documents of one collection, in no particular order."""
        return self._collections.get(path, {}).values()

    def collection_paths(self) -> Collection[str]:
        """Return the full path of every collection that holds a document."""
        return self._collections.keys()

    def indexes(self, collection_id: str) -> Sequence[SortedIndex]:
        """Return the sorted indexes over the collections of that id."""
        return self._indexes.get(collection_id, ())

    def snapshot(self) -> "Documents":
        """Return the documents as they are now; later changes do not reach it. It has no indexes."""
        copy = Documents()
        copy._collections = {path: dict(members) for path, members in self._collections.items()}
        return copy

    def load(self, documents: Iterable[StoredDocument]) -> None:
        """Fill an empty store; much faster than as many puts."""
        by_id: dict[str, list[StoredDocument]] = defaultdict(list)
        for document in documents:
            self._collections.setdefault(document.collection, {})[document.name] = document
            by_id[document.collection.rpartition("/")[2]].append(document)
        for collection_id, members in by_id.items():
            for index in self.indexes(collection_id):
                index.load(members)

    def put(self, document: StoredDocument) -> None:
        """Add a document, or replace the one of the same name."""
        self.remove(document.name)
        self._collections.setdefault(document.collection, {})[document.name] = document
        for index in self.indexes(document.collection.rpartition("/")[2]):
            index.add(document)

    def remove(self, name: str) -> None:
        """Remove a document, if it is there."""
        path = name.rpartition("/")[0]
        members = self._collections.get(path, {})
        document = members.pop(name, None)
        if document is None:
            return
        if not members:
            del self._collections[path]
        for index in self.indexes(path.rpartition("/")[2]):
            index.discard(document)
