"""Files of recordings on the wire: downloads (bare), archiving and restoring."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from shared.recordings.files import RestoreState, RestoreTier, Tier
from shared.recordings.recording import Recording
from shared.rooms.api import Data, RecordingId, Status, status_of, whole_seconds
from shared.rooms.files.downloads import FileOffer
from shared.rooms.files.restoring import Restore
from shared.rooms.reading import details_of
from shared.wire import WireModel

Provider = Literal["r2", "s3_glacier"]
_PROVIDERS: dict[Tier, Provider] = {Tier.HOT: "r2", Tier.COLD: "s3_glacier"}
_BEING_ARCHIVED = "The recording is being archived. Ask for it again in a while."


class DownloadOut(WireModel):
    """Where the file is."""

    recording_id: RecordingId
    download_url: str = Field(description="Valid for an hour.")
    status: Status
    duration: int | None = Field(description="Seconds.")
    file_size: int | None = Field(description="Bytes.")
    provider: Provider

    @staticmethod
    def of(offer: FileOffer, url: str) -> DownloadOut:
        details = details_of(offer.recording)
        return DownloadOut(
            recording_id=offer.recording.id,
            download_url=url,
            status=status_of(offer.recording),
            duration=whole_seconds(details.duration_seconds),
            file_size=details.size_bytes,
            provider=_PROVIDERS[offer.tier],
        )


class NoDownloadOut(WireModel):
    """Why there is no file, or not now."""

    http_status: ClassVar[int | None] = 200

    recording_id: RecordingId
    status: Status
    message: str


class Archived(WireModel):
    """A recording whose file is in cold storage."""

    id: RecordingId
    status: Literal["archived"] = "archived"
    archived_at: datetime


class Archiving(WireModel):
    """A recording whose file is on its way to cold storage."""

    id: RecordingId
    status: Literal["ready"] = "ready"
    message: str = _BEING_ARCHIVED


class ArchivingOut(Data[Archiving]):
    """The answer while the file is on its way."""

    http_status: ClassVar[int | None] = 202


class RestoreIn(WireModel):
    """How fast an archived file is to come back."""

    tier: RestoreTier


class RestoreOut(WireModel):
    """Where a file's way back stands."""

    state: Literal["in_progress", "available"]
    eta: datetime | None = Field(description="When it will be there; null: it is, or nobody knows.")


class Restoring(WireModel):
    """An archived recording whose file was asked for."""

    id: RecordingId
    status: Literal["archived"] = "archived"
    restore: RestoreOut

    @staticmethod
    def of(restore: Restore) -> Restoring:
        state: Literal["in_progress", "available"]
        state = "available" if restore.state is RestoreState.AVAILABLE else "in_progress"
        return Restoring(id=restore.recording.id, restore=RestoreOut(state=state, eta=restore.eta))


def download_out(offer: FileOffer) -> DownloadOut | NoDownloadOut:
    """The answer to whoever wants the file."""
    if offer.url is not None:
        return DownloadOut.of(offer, offer.url)
    return NoDownloadOut(recording_id=offer.recording.id, status=status_of(offer.recording), message=offer.message)


def archive_out(recording: Recording) -> Data[Archived] | ArchivingOut:
    """The answer to whoever wants it archived."""
    archived_at = details_of(recording).archived_at
    if archived_at is None:
        return ArchivingOut(data=Archiving(id=recording.id))
    return Data(data=Archived(id=recording.id, archived_at=archived_at))
