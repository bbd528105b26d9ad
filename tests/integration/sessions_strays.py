"""Objects that nobody would ever remove: of no session, no deleted session and no upload id."""

from __future__ import annotations

from shared import ports
from shared.adapters.gcs import _client as storage_client
from shared.recordings.objects import parse
from shared.settings import settings
from shared.wiring import wired


def strays() -> list[str]:
    """The names of all of them, in both buckets."""
    client, _ = storage_client()
    buckets = (settings().uploads_bucket, settings().media_bucket)
    names = [blob.name for bucket in buckets for blob in client.list_blobs(bucket, prefix="sessions/")]
    return [name for name in names if not _is_somebodys(name)]


def _is_somebodys(name: str) -> bool:
    parsed = parse(name)
    assert parsed is not None, name
    id = parsed.recording_id

    def look(transaction: ports.Transaction) -> bool:
        found = (transaction.recording(id), transaction.tombstone(id), transaction.grant(id))
        return any(one is not None for one in found)

    belongs: bool = wired(ports.Recordings).transact(look)
    return belongs
