"""Objects that nobody would ever remove: of no session, no deleted session and no upload id."""

from __future__ import annotations

from collections.abc import Iterable

from shared import ports
from shared.adapters.gcs import _client as storage_client
from shared.recordings.objects import parse
from shared.settings import settings
from shared.wiring import wired


def uploaded() -> set[str]:
    """Everything in the bucket that clients write to, of all sessions."""
    return _names(settings().uploads_bucket)


def made() -> set[str]:
    """Everything in the bucket that the platform writes to, of all sessions; there may be a lot."""
    return _names(settings().media_bucket)


def strays_among(names: Iterable[str]) -> list[str]:
    """Those of the names that stand for a stray object; costs a few reads each."""
    return [name for name in names if not _is_somebodys(name)]


def _names(bucket: str) -> set[str]:
    client, _ = storage_client()
    return {blob.name for blob in client.list_blobs(bucket, prefix="sessions/")}


def _is_somebodys(name: str) -> bool:
    parsed = parse(name)
    assert parsed is not None, name
    id = parsed.recording_id

    def look(transaction: ports.Transaction) -> bool:
        found = (transaction.recording(id), transaction.tombstone(id), transaction.grant(id))
        return any(one is not None for one in found)

    belongs: bool = wired(ports.Recordings).transact(look)
    return belongs
