"""Where each kind of entity is kept, and how it becomes a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from shared.recordings.codec import from_plain, to_plain
from shared.recordings.grants import UploadGrant
from shared.recordings.idempotency import OnceRecord
from shared.recordings.keys import ApiKey
from shared.recordings.preferences import Preferences
from shared.recordings.rates import RateWindow
from shared.recordings.recording import Recording, Tombstone
from shared.recordings.runs import Run, Shard
from shared.recordings.texts import Text

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of Firestore and the fields of the entity that make the document's id."""

    name: str
    key: tuple[str, ...] = ("id",)

    def id_of(self, entity: object) -> str:
        return ".".join(str(getattr(entity, part)) for part in self.key)


COLLECTIONS: Mapping[type, Collection] = {
    Recording: Collection("recordings"),
    Run: Collection("runs"),
    Shard: Collection("shards", ("run_id", "step", "number")),
    Tombstone: Collection("tombstones"),
    OnceRecord: Collection("idempotency"),
    ApiKey: Collection("api_keys"),
    Text: Collection("texts", ("recording_id", "name")),
    Preferences: Collection("preferences"),
    UploadGrant: Collection("upload_grants"),
    RateWindow: Collection("rates"),
}


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
