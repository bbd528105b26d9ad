"""Downloads and restores: a URL where there is a file to be had, and a word where there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import NotFound, PlayheadError
from shared.recordings.files import Restored, RestoreState, RestoreTier, StoredFile, Tier
from shared.recordings.recording import Caller, State
from shared.rooms.domain import DeletedBy, DeletedRecording, RestoreRequest, file_key
from shared.rooms.files.api import download_out
from shared.rooms.files.downloads import FileOffer, RecordingExpired, offer_file
from shared.rooms.files.restoring import NotArchived, Restore, restore_recording
from shared.rooms.reading import details_of
from tests.unit.examples import ANNA, BERT
from tests.unit.fake_files import FakeFiles
from tests.unit.fakes import START
from tests.unit.room_fakes import RoomWorld, room_recording

RECORDING_ID = "rec_aaaaaaaaaaaa0001"
KEY = file_key(RECORDING_ID)


@dataclass
class Stored:
    """One recording of Anna's tenant, and the two stores."""

    world: RoomWorld = field(default_factory=RoomWorld)
    hot: FakeFiles = field(init=False)
    cold: FakeFiles = field(init=False)

    def __post_init__(self) -> None:
        self.hot = FakeFiles(Tier.HOT, self.world.clock)
        self.cold = FakeFiles(Tier.COLD, self.world.clock)

    def put(self, state: State, **details: Any) -> None:
        self.world.rooms.put(room_recording(state, **details))

    def put_archived(self, **details: Any) -> StoredFile:
        copy = self.cold.put(KEY, b"abc", part_bytes=10)
        self.put(State.ARCHIVED, copy=copy, duration_seconds=61.4, size_bytes=3, **details)
        return copy

    def offer(self, *, by: Caller = ANNA) -> FileOffer:
        world = self.world
        return offer_file(RECORDING_ID, by=by, rooms=world.rooms, hot=self.hot, cold=self.cold, now=world.clock.now())

    def restore(self, tier: RestoreTier = RestoreTier.STANDARD) -> Restore:
        world = self.world
        return restore_recording(
            RECORDING_ID, tier=tier, by=ANNA, rooms=world.rooms, files=self.cold, now=world.clock.now()
        )


@pytest.fixture
def stored() -> Stored:
    return Stored()


def answer(stored: Stored) -> dict[str, Any]:
    return download_out(stored.offer()).model_dump(mode="json")


def test_a_ready_recording_has_a_url_for_an_hour(stored: Stored) -> None:
    file = stored.hot.put(KEY, b"abc", part_bytes=10)
    stored.put(State.READY, file=file, duration_seconds=61.4, size_bytes=3)

    assert answer(stored) == {
        "recording_id": RECORDING_ID,
        "download_url": f"https://hot.test/{KEY}?expires_in_s=3600&name={RECORDING_ID}.mp4",
        "status": "ready",
        "duration": 61,
        "file_size": 3,
        "provider": "r2",
    }


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.CAPTURING, "recording"),
        (State.PROCESSING, "processing"),
        (State.FAILED, "failed"),
    ],
)
def test_a_recording_without_a_file_has_a_message_and_no_url(stored: Stored, state: State, status: str) -> None:
    stored.put(state)

    said = answer(stored)

    assert said.keys() == {"recording_id", "status", "message"}
    assert (said["recording_id"], said["status"]) == (RECORDING_ID, status)
    assert said["message"]


def test_an_archived_recording_has_a_message_until_it_is_restored(stored: Stored) -> None:
    copy = stored.put_archived()

    before = answer(stored)
    stored.restore()
    meanwhile = answer(stored)
    stored.cold.restored[copy.key] = Restored(
        state=RestoreState.AVAILABLE, available_until=stored.world.clock.now() + timedelta(days=7)
    )
    afterwards = answer(stored)

    assert (before["status"], before["message"]) == (
        "archived",
        "The recording is archived. Restore it to download it.",
    )
    assert meanwhile["message"] == "The recording is archived and is being restored."
    assert afterwards == {
        "recording_id": RECORDING_ID,
        "download_url": f"https://cold.test/{KEY}?expires_in_s=3600&name={RECORDING_ID}.mp4",
        "status": "archived",
        "duration": 61,
        "file_size": 3,
        "provider": "s3_glacier",
    }


@pytest.mark.parametrize(
    ("left_s", "lifetime_s"), [(7200, 3600), (600, 600), (-5, 1)], ids=["long", "short", "just-over"]
)
def test_a_url_of_a_restored_file_ends_with_the_restore(stored: Stored, left_s: int, lifetime_s: int) -> None:
    copy = stored.put_archived()
    until = stored.world.clock.now() + timedelta(seconds=left_s)
    stored.cold.restored[copy.key] = Restored(state=RestoreState.AVAILABLE, available_until=until)

    assert f"expires_in_s={lifetime_s}&" in (stored.offer().url or "")


def test_a_recording_whose_copy_is_on_record_is_not_read_from_the_hot_store_any_more(stored: Stored) -> None:
    file = stored.hot.put(KEY, b"abc", part_bytes=10)
    stored.put(State.READY, file=file, copy=stored.cold.put(KEY, b"abc", part_bytes=10))

    said = answer(stored)

    assert said == {
        "recording_id": RECORDING_ID,
        "status": "ready",
        "message": "The recording is being archived.",
    }


@pytest.mark.parametrize(
    ("deleted_by", "by", "failure", "status"),
    [
        (DeletedBy.RETENTION, ANNA, RecordingExpired, 410),
        (DeletedBy.OWNER, ANNA, NotFound, 404),
        (DeletedBy.RETENTION, BERT, NotFound, 404),
        (None, ANNA, NotFound, 404),
    ],
    ids=["retention", "owner", "another-tenant", "unknown"],
)
def test_a_recording_that_is_gone_says_so_only_when_its_retention_was_over(
    stored: Stored, deleted_by: DeletedBy | None, by: Caller, failure: type[PlayheadError], status: int
) -> None:
    if deleted_by is not None:
        recording = room_recording(State.READY)
        stored.world.rooms.put(
            DeletedRecording(
                id=recording.id,
                tenant_id=recording.tenant_id,
                recording=recording,
                deleted_at=START,
                deleted_by=deleted_by,
                ended_at=START,
            )
        )

    with pytest.raises(failure) as refused:
        stored.offer(by=by)

    assert refused.value.status == status


def test_a_recording_of_another_tenant_is_not_there(stored: Stored) -> None:
    stored.put(State.READY)

    with pytest.raises(NotFound):
        stored.offer(by=BERT)


@pytest.mark.parametrize(
    ("tier", "within"),
    [
        (RestoreTier.EXPEDITED, timedelta(minutes=5)),
        (RestoreTier.STANDARD, timedelta(hours=5)),
        (RestoreTier.BULK, timedelta(hours=12)),
    ],
)
def test_a_restore_says_when_the_file_will_be_there(stored: Stored, tier: RestoreTier, within: timedelta) -> None:
    copy = stored.put_archived()

    restore = stored.restore(tier)

    assert (restore.state, restore.eta) == (RestoreState.IN_PROGRESS, START + within)
    assert stored.cold.restores == [(copy.key, tier)]
    assert details_of(restore.recording).restore is None
    found = stored.world.rooms.find(RECORDING_ID)
    assert found is not None
    assert details_of(found).restore == RestoreRequest(tier=tier, requested_at=START, eta=START + within)


def test_asking_again_changes_nothing(stored: Stored) -> None:
    stored.put_archived()
    first = stored.restore(RestoreTier.BULK)
    stored.world.clock.advance(timedelta(hours=1))

    second = stored.restore(RestoreTier.EXPEDITED)

    assert (second.state, second.eta) == (first.state, first.eta)
    assert len(stored.cold.restores) == 1


def test_a_restored_recording_has_nothing_to_wait_for(stored: Stored) -> None:
    copy = stored.put_archived()
    stored.restore()
    stored.cold.restored[copy.key] = Restored(state=RestoreState.AVAILABLE)

    assert (stored.restore().state, stored.restore().eta) == (RestoreState.AVAILABLE, None)


@pytest.mark.parametrize("state", [State.CAPTURING, State.PROCESSING, State.READY, State.FAILED])
def test_only_an_archived_recording_can_be_restored(stored: Stored, state: State) -> None:
    stored.put(state)

    with pytest.raises(NotArchived) as refused:
        stored.restore()

    assert refused.value.status == 400
