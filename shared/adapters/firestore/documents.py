"""Where each kind of entity is kept, and how it becomes a document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from shared.recordings.codec import from_plain, to_plain
from shared.structs import Struct

Value = TypeVar("Value")


class Collection(Struct, frozen=True):
    """A collection of Firestore, the module of its entity's class, and the fields that make a document's id."""

    name: str
    module: str
    key: tuple[str, ...] = ("id",)

    def id_of(self, entity: object) -> str:
        return ".".join(str(getattr(entity, part)) for part in self.key)


#: By the name of the entity's class: a function that starts loads only the classes that it speaks of.
COLLECTIONS: Mapping[str, Collection] = {
    "Recording": Collection("recordings", "shared.recordings.recording"),
    "Run": Collection("runs", "shared.recordings.runs"),
    "Shard": Collection("shards", "shared.recordings.runs", ("run_id", "step", "number")),
    "Tombstone": Collection("tombstones", "shared.recordings.recording"),
    "OnceRecord": Collection("idempotency", "shared.recordings.idempotency"),
    "ApiKey": Collection("api_keys", "shared.recordings.keys"),
    "Text": Collection("texts", "shared.recordings.texts", ("recording_id", "name")),
    "Preferences": Collection("preferences", "shared.recordings.preferences"),
    "UploadGrant": Collection("upload_grants", "shared.recordings.grants"),
    "RateWindow": Collection("rates", "shared.recordings.rates"),
}


@cache
def class_of(kind: str, collection: Collection) -> type[Any]:
    """The class of a kind of entity, imported when its first document is read."""
    found: type[Any] = getattr(import_module(collection.module), kind)
    return found


def to_document(entity: object) -> dict[str, Any]:
    """The fields of an entity."""
    return to_plain(entity)


def from_document(fields: Mapping[str, Any] | None, type_: type[Value]) -> Value:
    """The entity of a document that exists."""
    return from_plain(_plain(fields), type_)


def _plain(value: Any) -> Any:
    """Firestore's own datetime class as the standard one, which is all the codec knows."""
    if isinstance(value, datetime):
        moment = (value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)
        return datetime(*moment, tzinfo=value.tzinfo)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
