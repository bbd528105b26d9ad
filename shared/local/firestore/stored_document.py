"""A document as the server holds it.

It is never changed, only replaced: a snapshot of the database is a copy of dictionaries, not of documents, and
a response can be made from it without a lock.
"""

from shared.local.firestore.fields import NAME, get_field, parse_path
from shared.local.firestore.ordering import encode, encode_reference
from shared.local.firestore.wire import Message, microseconds


class StoredDocument:
    """A document and, computed once each, the sort keys of its fields."""

    __slots__ = ("_elements", "_keys", "collection", "message", "name", "update_us")

    def __init__(self, message: Message) -> None:
        self.message = message
        self.name: str = message.name
        self.collection = self.name.rpartition("/")[0]
        self.update_us = microseconds(message.update_time)
        self._keys: dict[str, bytes | None] = {NAME: encode_reference(self.name)}
        self._elements: dict[str, frozenset[bytes]] = {}

    def key(self, path: str) -> bytes | None:
        """Return the sort key of the field at `path`, or None where the document has no such field."""
        if path not in self._keys:
            value = get_field(self.message.fields, parse_path(path))
            self._keys[path] = None if value is None else encode(value)
        return self._keys[path]

    def elements(self, path: str) -> frozenset[bytes]:
        """Return the sort keys of the elements of the array at `path`; empty for anything but an array."""
        if path not in self._elements:
            value = get_field(self.message.fields, parse_path(path))
            values = () if value is None else value.array_value.values
            self._elements[path] = frozenset(map(encode, values))
        return self._elements[path]
