"""The rooms family with both of its stores, and recordings in any state that upkeep finds them in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared.recordings.codec import to_plain
from shared.recordings.files import StoredFile, Tier
from shared.recordings.recording import Recording, State
from shared.recordings.runs import Run, start_run
from shared.rooms.domain import DeletedRecording, RoomRecordingDetails, Tenant, file_key
from shared.rooms.reading import details_of
from shared.structs import replace
from tests.unit.examples import ANNA
from tests.unit.fake_files import FakeFiles
from tests.unit.room_fakes import RoomWorld, room, room_recording

CONTENT = b"a meeting, filmed"
A_DAY = timedelta(days=1)


@dataclass
class UpkeepWorld(RoomWorld):
    """Every port that upkeep needs, in memory; one room of one tenant."""

    hot: FakeFiles = field(init=False)
    cold: FakeFiles = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hot = FakeFiles(Tier.HOT, self.clock)
        self.cold = FakeFiles(Tier.COLD, self.clock)
        self.rooms.put(room())
        self.retain(days=30)

    def retain(self, *, days: int, tenant_id: str = ANNA.tenant_id) -> None:
        """Let a tenant keep its recordings for so long."""
        self.rooms.put(Tenant(id=tenant_id, recording_retention_days=days))

    def add(self, state: State, *, number: int = 1, age: timedelta = timedelta(0), **details: Any) -> Recording:
        """A recording that ended so long ago and is in that state."""
        made = room_recording(state, id=id_of(number), ended_at=self.clock.now() - age, **details)
        self.rooms.put(made)
        return made

    def add_ready(self, *, number: int = 1, age: timedelta = timedelta(0), **details: Any) -> Recording:
        """One whose file is in the hot store."""
        file = self.store(self.hot, number)
        return self.add(State.READY, number=number, age=age, **{"file": file, "size_bytes": len(CONTENT), **details})

    def add_archived(self, *, number: int = 1, age: timedelta = timedelta(0)) -> Recording:
        """One whose file is in the cold store."""
        copy = self.store(self.cold, number)
        file = replace(copy, tier=Tier.HOT)
        return self.add(State.ARCHIVED, number=number, age=age, file=file, copy=copy, size_bytes=len(CONTENT))

    def store(self, store: FakeFiles, number: int = 1, content: bytes = CONTENT) -> StoredFile:
        """The file of a recording in that store."""
        return store.put(file_key(id_of(number)), content, part_bytes=8)

    def begin_run(self, recording: Recording, pipeline: str) -> Run:
        """Let something be under way with the recording."""
        run = start_run(self.ids.uuid(), recording.id, pipeline, source=None, now=self.clock.now())
        self.rooms.put(run, replace(recording, current_run=run.id))
        return run

    def change(self, recording: Recording, **details: Any) -> None:
        """Change what the family knows of a recording."""
        facts = replace(details_of(recording), **details)
        self.rooms.put(replace(recording, details=to_plain(facts)))

    def details(self, number: int = 1) -> RoomRecordingDetails:
        """The family's facts of a recording as they are stored now."""
        return details_of(self.recording(id_of(number)))

    def deleted(self, number: int = 1) -> DeletedRecording:
        """What is left of a deleted recording."""
        found = self.rooms.find_deleted(id_of(number))
        assert found is not None
        return found


def id_of(number: int) -> str:
    """The id of the recording of that number; in the order of numbers."""
    return f"rec_aaaaaaaaaaaa{number:04}"
