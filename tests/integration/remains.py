"""What is left of a recording anywhere: every object of both buckets and every document of every collection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared import ports
from shared.adapters.firestore.client import firestore_client
from shared.adapters.gcs import _client as storage_client
from shared.recordings.deleting import WRITERS_ARE_GONE_AFTER
from shared.recordings.sweeps import purge_deleted
from shared.settings import settings
from shared.wiring import wired
from tests.integration.stored import now


@dataclass(frozen=True)
class Remains:
    """Names of objects, and documents by their paths."""

    objects: tuple[str, ...]
    documents: dict[str, dict[str, Any]]

    @property
    def collections(self) -> set[str]:
        return {path.partition("/")[0] for path in self.documents}


def remains_of(*ids: str) -> Remains:
    """Whatever mentions one of these ids (of a recording, of its runs) in its name or anywhere inside."""
    return Remains(tuple(_objects(ids)), dict(_documents(ids)))


def purge(after: timedelta = WRITERS_ARE_GONE_AFTER) -> None:
    """Run the purge as if `after` had passed."""
    purge_deleted(recordings=wired(ports.Recordings), media=wired(ports.Media), now=now() + after)


def let_time_pass(documents: dict[str, dict[str, Any]], time: timedelta) -> None:
    """Make documents that will be removed at their time as much older."""
    for path, fields in documents.items():
        firestore_client().document(path).update({"expire_at": fields["expire_at"] - time})


def _objects(ids: tuple[str, ...]) -> list[str]:
    client, _ = storage_client()
    buckets = (settings().uploads_bucket, settings().media_bucket)
    names = [f"{bucket}/{blob.name}" for bucket in buckets for blob in client.list_blobs(bucket)]
    return [name for name in names if any(id in name for id in ids)]


def _documents(ids: tuple[str, ...]) -> list[tuple[str, dict[str, Any]]]:
    found = [
        (f"{collection.id}/{document.id}", document.to_dict())
        for collection in firestore_client().collections()
        for document in collection.stream()
    ]
    return [(path, fields) for path, fields in found if any(id in path or id in str(fields) for id in ids)]
