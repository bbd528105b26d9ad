"""Imports of rooms' files: whole, once, and gone on with after a crash at any point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.errors import Upstream
from shared.ports.meetings import ProviderRecording, ProviderState
from shared.recordings.files import StoredFile, Tier
from shared.recordings.outcomes import LeaseLost, Permanent
from shared.recordings.recording import Recording, State
from shared.rooms.domain import Arrival, file_key
from shared.rooms.files import transfer
from shared.rooms.files.importing import import_recording
from shared.rooms.files.ready_files import keep_ready, ready_recording
from shared.rooms.reading import details_of
from shared.structs import replace
from tests.unit.fake_files import Crash, FakeDownloads, FakeFiles, FakeProgress, Mortality
from tests.unit.room_fakes import RoomWorld, room_recording

PART_BYTES = 100
CONTENT = bytes(range(256)) * 2  # 512 bytes: five parts and a bit
OTHER = CONTENT[::-1]
RECORDING_ID = "rec_aaaaaaaaaaaa0001"
PROVIDER_ID = "11111111-0000-4000-8000-000000000001"
KEY = file_key(RECORDING_ID)
RUN_ID = "run1"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PART_BYTES", PART_BYTES)
    monkeypatch.setattr(transfer, "_PIECE_BYTES", 30)


@dataclass
class Import:
    """A recording whose file is to come, and the world that it comes from."""

    world: RoomWorld = field(default_factory=RoomWorld)
    mortality: Mortality = field(default_factory=Mortality)
    downloads: FakeDownloads = field(default_factory=lambda: FakeDownloads(CONTENT))
    progress: FakeProgress = field(default_factory=FakeProgress)
    files: FakeFiles = field(init=False)

    def __post_init__(self) -> None:
        self.files = FakeFiles(Tier.HOT, self.world.clock, self.mortality)
        recording = room_recording(State.PROCESSING, provider_id=PROVIDER_ID)
        self.world.rooms.put(replace(recording, current_run=RUN_ID))
        self.offer()

    def offer(self, **facts: Any) -> None:
        """Let the provider have the recording, finished unless `facts` say otherwise."""
        found = ProviderRecording(
            id=PROVIDER_ID, state=ProviderState.UPLOADED, download_url="https://files.example/a?token=secret"
        )
        self.world.meetings.recordings[PROVIDER_ID] = replace(found, **facts)

    @property
    def recording(self) -> Recording:
        found = self.world.rooms.find(RECORDING_ID)
        assert found is not None
        return found

    def attempt(self) -> StoredFile:
        return import_recording(
            self.recording,
            run_id=RUN_ID,
            progress=self.progress,
            meetings=self.world.meetings,
            downloads=self.downloads,
            files=self.files,
            rooms=self.world.rooms,
        )


@pytest.fixture
def importing() -> Import:
    return Import()


def test_a_file_arrives_part_by_part_and_says_how_far_it_is(importing: Import) -> None:
    file = importing.attempt()

    assert importing.files.content(KEY) == CONTENT
    assert (file.size_bytes, file.part_bytes, file.etag[-2:]) == (512, PART_BYTES, "-6")
    assert importing.progress.reports == ["19 %", "39 %", "58 %", "78 %", "97 %", "100 %"]


def test_the_provider_is_asked_for_a_fresh_url_by_every_attempt(importing: Import) -> None:
    importing.mortality.die_at(3, after=True)
    with pytest.raises(Crash):
        importing.attempt()
    importing.mortality.live()

    importing.offer(download_url="https://files.example/a?token=fresh")
    importing.attempt()

    assert [url[-5:] for url in importing.downloads.urls] == ["ecret", "fresh"]


EFFECTS = ["delete", "begin", *["put_part"] * 6, "complete"]


def test_the_effects_of_an_import_are_these(importing: Import) -> None:
    importing.attempt()

    assert importing.mortality.effects == EFFECTS


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(len(EFFECTS)))
def test_a_crash_anywhere_costs_at_most_the_part_that_was_on_its_way(
    importing: Import, number: int, after: bool
) -> None:
    importing.mortality.die_at(number, after=after)
    with pytest.raises(Crash):
        importing.attempt()
    importing.mortality.live()

    file = importing.attempt()

    assert importing.files.content(KEY) == CONTENT
    assert (file.size_bytes, file.part_bytes) == (512, PART_BYTES)
    assert importing.downloads.read_bytes <= len(CONTENT) + PART_BYTES
    assert importing.files.uploads == {}


def test_parts_of_an_earlier_attempt_are_not_sent_again(importing: Import) -> None:
    importing.mortality.die_at(5, after=True)
    with pytest.raises(Crash):
        importing.attempt()
    importing.mortality.live()

    importing.attempt()

    assert importing.mortality.effects == ["put_part", "put_part", "complete"]
    assert importing.downloads.read_bytes == len(CONTENT)


@pytest.mark.parametrize("etag", ['"v2"', None], ids=["changed", "no-tag"])
def test_a_source_that_may_have_changed_is_begun_anew(importing: Import, etag: str | None) -> None:
    importing.mortality.die_at(5, after=True)
    with pytest.raises(Crash):
        importing.attempt()
    importing.mortality.live()
    importing.downloads.content, importing.downloads.etag = OTHER, etag

    importing.attempt()

    assert importing.files.content(KEY) == OTHER
    assert importing.files.uploads == {}


def test_an_unfinished_file_that_nobody_kept_a_record_of_is_not_trusted(importing: Import) -> None:
    stray = importing.files.begin(KEY, content_type="video/mp4")
    importing.files.put_part(stray, 1, OTHER[:PART_BYTES])

    importing.attempt()

    assert importing.files.content(KEY) == CONTENT
    assert importing.files.uploads == {}


def test_parts_behind_a_gap_or_of_another_size_are_sent_again(importing: Import) -> None:
    begun = importing.files.begin(KEY, content_type="video/mp4")
    for number, content in ((1, CONTENT[:100]), (2, CONTENT[100:150]), (3, CONTENT[200:300])):
        importing.files.put_part(begun, number, content)
    arrival = Arrival(upload_id=begun.upload_id, source_etag='"v1"', size_bytes=512, part_bytes=PART_BYTES)
    arriving = room_recording(State.PROCESSING, provider_id=PROVIDER_ID, arrival=arrival)
    importing.world.rooms.put(replace(arriving, current_run=RUN_ID))
    importing.mortality.live()

    importing.attempt()

    assert importing.files.content(KEY) == CONTENT
    assert importing.mortality.effects == [*["put_part"] * 5, "complete"]


def test_a_file_that_is_there_already_is_taken_without_asking_anybody(importing: Import) -> None:
    file = importing.files.put(KEY, CONTENT, part_bytes=PART_BYTES)
    done = room_recording(State.PROCESSING, provider_id=PROVIDER_ID, file=file)
    importing.world.rooms.put(replace(done, current_run=RUN_ID))

    assert importing.attempt() == file
    assert importing.world.meetings.asked == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"state": ProviderState.ERRORED}, "provider_errored"),
        ({"download_url": None}, "provider_gone"),
    ],
    ids=["errored", "no-url"],
)
def test_what_the_provider_does_not_have_cannot_be_imported(
    importing: Import, facts: dict[str, Any], code: str
) -> None:
    importing.offer(**facts)

    with pytest.raises(Permanent) as refused:
        importing.attempt()

    assert refused.value.failure.code == code


def test_a_recording_that_the_provider_has_forgotten_cannot_be_imported(importing: Import) -> None:
    importing.world.meetings.forget(PROVIDER_ID)

    with pytest.raises(Permanent, match="does not have the file any more"):
        importing.attempt()


def test_a_file_that_somebody_else_says_is_ready_is_imported_where_the_provider_knows_nothing(
    importing: Import,
) -> None:
    importing.world.meetings.forget(PROVIDER_ID)
    url = "https://edge.example/a?token=other"
    said = ready_recording(PROVIDER_ID, url, duration_seconds=60.0, size_bytes=len(CONTENT))
    keep_ready(said, rooms=importing.world.rooms, now=importing.world.clock.now())

    importing.attempt()

    assert importing.downloads.urls == [url]
    assert importing.files.content(KEY) == CONTENT


def test_a_file_that_is_gone_cannot_be_imported(importing: Import) -> None:
    importing.downloads.is_gone = True

    with pytest.raises(Permanent, match="does not have the file any more"):
        importing.attempt()


def test_an_empty_file_is_no_recording(importing: Import) -> None:
    importing.downloads.content = b""

    with pytest.raises(Permanent, match="0 bytes"):
        importing.attempt()


def test_a_recording_that_is_still_uploading_is_tried_again_later(importing: Import) -> None:
    importing.offer(state=ProviderState.UPLOADING)

    with pytest.raises(Upstream, match="UPLOADING"):
        importing.attempt()


def test_a_length_that_is_not_the_providers_is_not_believed(importing: Import) -> None:
    importing.offer(size_bytes=513)

    with pytest.raises(Upstream, match="513"):
        importing.attempt()

    assert importing.files.contents == {}


def test_a_file_that_ends_too_early_is_gone_on_with(importing: Import) -> None:
    importing.downloads.content, importing.downloads.announced_bytes = CONTENT[:250], 512
    with pytest.raises(Upstream, match="ends too early"):
        importing.attempt()
    importing.downloads.content, importing.downloads.announced_bytes = CONTENT, None
    importing.mortality.live()

    importing.attempt()

    assert importing.files.content(KEY) == CONTENT
    assert importing.mortality.effects == [*["put_part"] * 4, "complete"]


def test_another_length_under_the_same_tag_is_begun_anew_by_the_next_attempt(importing: Import) -> None:
    importing.mortality.die_at(5, after=True)
    with pytest.raises(Crash):
        importing.attempt()
    importing.mortality.live()
    importing.downloads.content = CONTENT + b"more"

    with pytest.raises(Upstream, match="another length"):
        importing.attempt()
    importing.attempt()

    assert importing.files.content(KEY) == CONTENT + b"more"


@pytest.mark.parametrize("is_deleted", [True, False], ids=["deleted", "another-run"])
def test_nothing_is_imported_for_a_recording_that_is_not_this_runs_any_more(
    importing: Import, is_deleted: bool
) -> None:
    recording = importing.recording
    if is_deleted:
        importing.world.rooms.transact(lambda transaction: transaction.remove(recording))
    else:
        importing.world.rooms.put(replace(recording, current_run="run2"))

    with pytest.raises(LeaseLost):
        import_recording(
            recording,
            run_id=RUN_ID,
            progress=importing.progress,
            meetings=importing.world.meetings,
            downloads=importing.downloads,
            files=importing.files,
            rooms=importing.world.rooms,
        )

    assert importing.files.contents == {}


def test_what_is_known_of_a_recording_stays_when_its_import_is_noted(importing: Import) -> None:
    importing.mortality.die_at(2, after=True)
    with pytest.raises(Crash):
        importing.attempt()

    details = details_of(importing.recording)

    assert details.provider_id == PROVIDER_ID
    assert details.arrival is not None
    assert details.arrival.size_bytes == 512


@pytest.mark.parametrize(
    ("size_bytes", "part_bytes"),
    [(1, 100), (100 * 10_000, 100), (100 * 10_000 + 1, 200), (5_000_000, 500)],
)
def test_long_files_have_longer_parts_so_that_there_are_not_too_many(size_bytes: int, part_bytes: int) -> None:
    assert transfer.part_bytes_for(size_bytes) == part_bytes
