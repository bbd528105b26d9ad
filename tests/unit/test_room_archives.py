"""Archiving rooms' recordings: interrupted at any point, a file is neither lost nor kept twice."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from shared.errors import NotFound, Upstream
from shared.recordings.files import StoredFile, Tier
from shared.recordings.outcomes import LeaseLost, Permanent
from shared.recordings.recording import Caller, Recording, State
from shared.recordings.runs import Run, RunState
from shared.rooms.domain import file_key
from shared.rooms.files import archiving, transfer
from shared.rooms.files.archiving import NotArchivable, archive_file, archive_recording, start_archive
from shared.rooms.reading import details_of
from shared.structs import replace
from tests.unit.examples import ANNA, BERT
from tests.unit.fake_files import Crash, FakeFiles, FakeProgress, Mortality
from tests.unit.room_fakes import RoomWorld, room_recording

PART_BYTES = 100
CONTENT = bytes(range(256)) * 2
RECORDING_ID = "rec_aaaaaaaaaaaa0001"
KEY = file_key(RECORDING_ID)
RUN_ID = "run1"
EFFECTS = ["begin", *["put_part"] * 6, "complete", "delete"]


@dataclass
class Archive:
    """A recording that is ready, and the two stores."""

    world: RoomWorld = field(default_factory=RoomWorld)
    mortality: Mortality = field(default_factory=Mortality)
    progress: FakeProgress = field(default_factory=FakeProgress)
    hot: FakeFiles = field(init=False)
    cold: FakeFiles = field(init=False)
    file: StoredFile = field(init=False)

    def __post_init__(self) -> None:
        self.hot = FakeFiles(Tier.HOT, self.world.clock, self.mortality)
        self.cold = FakeFiles(Tier.COLD, self.world.clock, self.mortality)
        self.file = self.hot.put(KEY, CONTENT, part_bytes=PART_BYTES)
        ready = room_recording(State.READY, file=self.file)
        self.world.rooms.put(replace(ready, current_run=RUN_ID))

    @property
    def recording(self) -> Recording:
        found = self.world.rooms.find(RECORDING_ID)
        assert found is not None
        return found

    def attempt(self) -> StoredFile:
        return archive_file(
            self.recording,
            run_id=RUN_ID,
            progress=self.progress,
            hot=self.hot,
            cold=self.cold,
            recordings=self.world.rooms,
        )

    def start(self) -> Run:
        world = self.world
        return start_archive(
            self.recording, by="user:anna", rooms=world.rooms, tasks=world.tasks, ids=world.ids, now=world.clock.now()
        )


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(transfer, "_PIECE_BYTES", 30)
    return Archive()


def test_a_file_moves_to_the_cold_store_and_is_the_same_there(archive: Archive) -> None:
    copy = archive.attempt()

    assert archive.cold.content(KEY) == CONTENT
    assert (copy.tier, copy.etag, copy.part_bytes) == (Tier.COLD, archive.file.etag, PART_BYTES)
    assert archive.hot.contents == {}
    assert archive.mortality.effects == EFFECTS


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(len(EFFECTS)))
def test_a_crash_anywhere_neither_loses_the_file_nor_keeps_it_twice(archive: Archive, number: int, after: bool) -> None:
    archive.mortality.die_at(number, after=after)
    with pytest.raises(Crash):
        archive.attempt()
    is_on_record = details_of(archive.recording).copy is not None
    assert KEY in archive.hot.contents or (is_on_record and KEY in archive.cold.contents)
    archive.mortality.live()

    archive.attempt()

    assert archive.cold.content(KEY) == CONTENT
    assert (archive.hot.contents, archive.hot.uploads, archive.cold.uploads) == ({}, {}, {})
    assert archive.mortality.effects.count("put_part") <= 6 - max(0, min(number, 6) - 1)


def test_the_copy_is_on_record_before_the_file_goes(archive: Archive) -> None:
    archive.mortality.die_at(len(EFFECTS) - 1, after=False)
    with pytest.raises(Crash):
        archive.attempt()

    assert details_of(archive.recording).copy is not None
    assert KEY in archive.hot.contents


def test_a_copy_that_is_not_the_file_is_removed_and_the_file_stays(archive: Archive) -> None:
    stray = archive.cold.begin(KEY, content_type="video/mp4")
    archive.cold.put_part(stray, 1, b"x" * PART_BYTES)

    with pytest.raises(Upstream, match="not the file"):
        archive.attempt()

    assert archive.hot.content(KEY) == CONTENT
    assert archive.cold.contents == {}
    assert details_of(archive.recording).copy is None
    archive.attempt()
    assert archive.cold.content(KEY) == CONTENT


def test_another_object_under_the_key_is_not_taken_for_the_copy(archive: Archive) -> None:
    archive.cold.put(KEY, CONTENT[::-1], part_bytes=PART_BYTES)

    archive.attempt()

    assert archive.cold.content(KEY) == CONTENT


def test_a_copy_on_record_that_has_gone_is_made_again_while_the_file_is_there(archive: Archive) -> None:
    archive.mortality.die_at(len(EFFECTS) - 1, after=False)
    with pytest.raises(Crash):
        archive.attempt()
    archive.mortality.live()
    archive.cold.contents.clear()

    archive.attempt()

    assert archive.cold.content(KEY) == CONTENT


def test_a_file_that_is_in_neither_store_cannot_be_archived(archive: Archive) -> None:
    archive.hot.contents.clear()

    with pytest.raises(Permanent, match="neither store"):
        archive.attempt()


def test_a_recording_that_was_deleted_meanwhile_keeps_its_file(archive: Archive) -> None:
    recording = archive.recording
    archive.world.rooms.transact(lambda transaction: transaction.remove(recording))

    with pytest.raises(LeaseLost):
        archive_file(
            recording,
            run_id=RUN_ID,
            progress=archive.progress,
            hot=archive.hot,
            cold=archive.cold,
            recordings=archive.world.rooms,
        )

    assert archive.hot.content(KEY) == CONTENT


def test_asking_twice_starts_one_run(archive: Archive) -> None:
    first = archive.start()
    second = archive.start()

    assert first == second
    assert [task.step for task in archive.world.tasks.waiting.values()] == ["archive_recording"]
    assert archive.recording.state is State.READY
    assert archive.recording.current_run == first.id


def test_a_run_that_has_failed_gives_way_to_another(archive: Archive) -> None:
    first = archive.start()
    archive.world.rooms.put(replace(first, state=RunState.FAILED))

    assert archive.start().id != first.id


@pytest.mark.parametrize("state", [State.CAPTURING, State.PROCESSING, State.ARCHIVED, State.FAILED])
def test_only_a_ready_recording_can_be_archived(archive: Archive, state: State) -> None:
    archive.world.rooms.put(room_recording(state, file=archive.file))

    with pytest.raises(NotArchivable) as refused:
        archive.start()

    assert refused.value.status == 400


def test_a_recording_without_a_hot_file_cannot_be_archived(archive: Archive) -> None:
    archive.world.rooms.put(room_recording(State.READY))

    with pytest.raises(NotArchivable):
        archive.start()


def ask(archive: Archive, *, by: Caller = ANNA) -> Recording:
    world = archive.world
    return archive_recording(
        RECORDING_ID,
        by=by,
        rooms=world.rooms,
        tasks=world.tasks,
        ids=world.ids,
        now=world.clock.now(),
    )


@pytest.mark.parametrize(
    ("state", "is_answered"), [(RunState.DONE, True), (RunState.LIVE, True), (RunState.FAILED, False)]
)
def test_whoever_asks_waits_for_the_run(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, state: RunState, is_answered: bool
) -> None:
    monkeypatch.setattr(archiving, "wait_for_run", lambda run_id, **_: replace(archive.start(), state=state))

    if is_answered:
        assert ask(archive).id == RECORDING_ID
    else:
        with pytest.raises(Upstream, match="as it was"):
            ask(archive)


def test_a_recording_of_another_tenant_cannot_be_archived(archive: Archive) -> None:
    with pytest.raises(NotFound):
        ask(archive, by=BERT)
