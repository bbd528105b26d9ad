"""The wire of asking the provider: what a sync has found, and where a recording stands after it was recovered."""

from __future__ import annotations

from collections.abc import Sequence

from shared.recordings.recording import Recording
from shared.rooms.api import RecordingId, Status, status_of
from shared.rooms.recovering import Recovered
from shared.wire import WireModel


class SyncedRecording(WireModel):
    """A recording that is new or has changed."""

    id: RecordingId
    status: Status


class Synced(WireModel):
    """What a sync has found that was not known before."""

    synced_count: int
    recordings: list[SyncedRecording]

    @staticmethod
    def of(changed: Sequence[Recording]) -> Synced:
        found = [SyncedRecording(id=one.id, status=status_of(one)) for one in changed]
        return Synced(synced_count=len(found), recordings=found)


class RecoveredRecording(WireModel):
    """Where a recording stands; it has failed if RealtimeKit has no file of it any more."""

    id: RecordingId
    status: Status
    message: str

    @staticmethod
    def of(recovered: Recovered) -> RecoveredRecording:
        recording = recovered.recording
        return RecoveredRecording(id=recording.id, status=status_of(recording), message=recovered.message)
