"""Files of which somebody else than the provider has said that they are ready, and where.

The provider's word comes first: such a URL is used only for a recording that the provider does not know. It carries
its own credentials, so it is kept in a document of its own, for as long as the provider would keep the file, and never
shown or logged.
"""

from __future__ import annotations

from datetime import datetime

from shared.ports.meetings import Meetings, ProviderRecording, ProviderState
from shared.ports.rooms import Rooms
from shared.recordings.codec import from_plain, to_plain
from shared.rooms.domain import PROVIDER_KEEPS_FOR, ReceivedWebhook


def keep_ready(found: ProviderRecording, *, rooms: Rooms, now: datetime) -> None:
    """Keep what was said of a recording; a later word takes the place of an earlier one."""
    kept = ReceivedWebhook(id=_id_of(found.id), expire_at=now + PROVIDER_KEEPS_FOR, facts=to_plain(found))
    rooms.transact(lambda transaction: transaction.save(kept))


def find_anywhere(provider_id: str, *, meetings: Meetings, rooms: Rooms) -> ProviderRecording | None:
    """What the provider knows of a recording; or else what somebody else has said of it; or None.

    Raises:
        Upstream: the provider did not tell.
    """
    return meetings.find_recording(provider_id) or _find_ready(provider_id, rooms=rooms)


def ready_recording(
    provider_id: str, url: str, *, duration_seconds: float | None, size_bytes: int | None
) -> ProviderRecording:
    """A recording of which somebody says that its file is at that URL."""
    return ProviderRecording(
        id=provider_id,
        state=ProviderState.UPLOADED,
        duration_seconds=duration_seconds,
        size_bytes=size_bytes,
        download_url=url,
    )


def _find_ready(provider_id: str, *, rooms: Rooms) -> ProviderRecording | None:
    kept = rooms.transact(lambda transaction: transaction.received(_id_of(provider_id)))
    return from_plain(kept.facts, ProviderRecording) if kept is not None else None


def _id_of(provider_id: str) -> str:
    return f"ready.{provider_id}"
