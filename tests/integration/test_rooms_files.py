"""Files of rooms over the whole platform: imported, probed, downloaded, archived, restored; and through kills."""

from __future__ import annotations

import hashlib
import re
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image

from shared.ports import Media
from shared.ports.files import ColdFiles, HotFiles
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.recording import Recording
from shared.rooms.domain import RoomRecordingDetails, file_key
from shared.rooms.reading import details_of
from shared.structs import replace
from shared.wiring import wired
from tests.integration.platform import RunningPlatform, eventually
from tests.integration.room_file_worker import Listener, die_after, move
from tests.integration.rooms_client import RoomsClient, new_rooms_client, refusal, taken
from tests.integration.rooms_provider import control, hold

MIB = 1024 * 1024
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"


@pytest.fixture
def rooms(platform: RunningPlatform) -> RoomsClient:
    """A client of a tenant that has nothing yet."""
    return new_rooms_client(platform)


def stopped_recording(rooms: RoomsClient, **media: Any) -> str:
    """A recording whose file, of this `media`, is about to be finished by the provider."""
    room_id = rooms.create_room()["id"]
    hold(room_id, "RECORDING", "UPLOADING")
    id: str = rooms.start(room_id)["id"]
    if media:
        control("PUT", f"/recordings/{details(id).provider_id}/media", json=media)
    rooms.stop(room_id)
    return id


def finish(rooms: RoomsClient, id: str) -> None:
    """Let the provider finish the file, and let us hear of it."""
    control("POST", f"/recordings/{details(id).provider_id}/advance", json={"to": "UPLOADED"})
    taken(rooms.call("POST", f"/rooms/{details(id).room_id}/recordings/sync"), 200)


def ready_recording(rooms: RoomsClient, **media: Any) -> str:
    id = stopped_recording(rooms, **media)
    finish(rooms, id)
    wait_for(rooms, id, "ready")
    return id


def wait_for(rooms: RoomsClient, id: str, status: str, *, within_s: float = 60) -> None:
    eventually(lambda: rooms.recording(id)["status"] == status, within_s=within_s, what=f"{id} {status}")


def stored(id: str) -> Recording:
    found: Recording | None = wired(Rooms).find(id)
    assert found is not None
    return found


def details(id: str) -> RoomRecordingDetails:
    return details_of(stored(id))


def download(rooms: RoomsClient, id: str) -> dict[str, Any]:
    return taken(rooms.call("GET", f"/recordings/{id}/download"), 200)


def content_of(url: str) -> bytes:
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    return answer.content


def test_a_file_is_imported_probed_downloaded_archived_and_restored(rooms: RoomsClient) -> None:
    id = stopped_recording(rooms)
    early = download(rooms, id)
    finish(rooms, id)
    wait_for(rooms, id, "ready")
    ready = download(rooms, id)

    assert early.keys() == {"recording_id", "status", "message"}
    assert (early["recording_id"], early["status"]) == (id, "processing")
    assert list(ready) == ["recording_id", "download_url", "status", "duration", "file_size", "provider"]
    assert (ready["recording_id"], ready["status"], ready["provider"]) == (id, "ready", "r2")
    content = content_of(ready["download_url"])
    assert len(content) == ready["file_size"] == rooms.recording(id)["size_bytes"]

    archived = taken(rooms.call("POST", f"/recordings/{id}/archive"), 200)

    assert list(archived["data"]) == ["id", "status", "archived_at"]
    assert (archived["data"]["id"], archived["data"]["status"]) == (id, "archived")
    assert re.fullmatch(TIME, archived["data"]["archived_at"])
    assert wired(HotFiles).describe(file_key(id)) is None
    assert download(rooms, id) == {
        "recording_id": id,
        "status": "archived",
        "message": "The recording is archived. Restore it to download it.",
    }

    restored = taken(rooms.call("POST", f"/recordings/{id}/restore", json={"tier": "Expedited"}), 202)

    assert list(restored["data"]) == ["id", "status", "restore"]
    assert restored["data"]["restore"]["state"] == "in_progress"
    assert re.fullmatch(TIME, restored["data"]["restore"]["eta"])
    back: dict[str, Any] = eventually(lambda: said if "download_url" in (said := download(rooms, id)) else None)
    assert (back["status"], back["provider"], back["file_size"]) == ("archived", "s3_glacier", len(content))
    assert hashlib.sha256(content_of(back["download_url"])).digest() == hashlib.sha256(content).digest()
    again = taken(rooms.call("POST", f"/recordings/{id}/restore", json={"tier": "Bulk"}), 202)
    assert again["data"]["restore"] == {"state": "available", "eta": None}


def test_what_the_file_holds_is_measured_and_a_thumbnail_stays_when_it_is_archived(rooms: RoomsClient) -> None:
    id = ready_recording(rooms)
    taken(rooms.call("POST", f"/recordings/{id}/archive"), 200)

    seen = details(id)

    assert seen.facts is not None
    assert seen.facts.duration_seconds
    assert seen.facts.video_codec
    assert seen.thumbnail is not None
    with wired(Media).open(seen.thumbnail) as file, Image.open(BytesIO(file.read())) as picture:
        assert picture.format == "JPEG"
        assert 0 < picture.width <= 640


def test_a_file_that_is_no_video_is_ready_all_the_same(rooms: RoomsClient) -> None:
    id = ready_recording(rooms, size_bytes=100_000)

    seen = details(id)

    assert (seen.size_bytes, seen.facts, seen.thumbnail) == (100_000, None, None)


@pytest.mark.parametrize("tier", [None, "Fast", 1])
def test_a_restore_names_a_tier_of_s3(rooms: RoomsClient, tier: object) -> None:
    answer = rooms.call("POST", "/recordings/rec_0123456789abcdef0123/restore", json={"tier": tier})

    refusal(answer, 400, "invalid_request")


def test_what_is_not_ready_cannot_be_archived_and_what_is_not_archived_cannot_be_restored(
    rooms: RoomsClient, platform: RunningPlatform
) -> None:
    id = stopped_recording(rooms)

    refusal(rooms.call("POST", f"/recordings/{id}/archive"), 400, "not_archivable")
    refusal(rooms.call("POST", f"/recordings/{id}/restore", json={"tier": "Bulk"}), 400, "not_archived")
    stranger = new_rooms_client(platform)
    for method, path in (("GET", "download"), ("POST", "archive"), ("POST", "restore")):
        refusal(stranger.call(method, f"/recordings/{id}/{path}", json={"tier": "Bulk"}), 404, "not_found")


def test_an_import_whose_worker_is_killed_goes_on_with_the_parts_that_are_there(rooms: RoomsClient) -> None:
    id = stopped_recording(rooms, size_bytes=5 * 8 * MIB)
    control("POST", f"/recordings/{details(id).provider_id}/advance", json={"to": "UPLOADED"})
    give_run(id, "killed")
    die_after(3, "import_recording", id, "killed")
    begun = wired(HotFiles).find_partial(file_key(id))
    second = Listener()

    file = move("import_recording", stored(id), "killed", second)

    assert (len(begun.parts), second.parts) == (3, 2)
    assert (file.size_bytes, file.etag[-2:]) == (5 * 8 * MIB, "-5")
    arrival = details(id).arrival
    assert arrival is not None
    assert arrival.upload_id == begun.upload_id
    assert wired(HotFiles).find_partial(file_key(id)) is None
    with wired(HotFiles).open(file) as source:
        whole = hashlib.sha256(source.read()).digest()
    found = wired(Meetings).find_recording(details(id).provider_id)
    assert whole == hashlib.sha256(content_of(found.download_url)).digest()


def test_an_archive_whose_worker_is_killed_ends_with_one_whole_copy(rooms: RoomsClient) -> None:
    id = ready_recording(rooms, size_bytes=3 * 8 * MIB)
    give_run(id, "killed")
    die_after(2, "archive_file", id, "killed")
    file, second = details(id).file, Listener()
    assert file is not None
    assert wired(HotFiles).describe(file_key(id)).is_same(file)

    copy = move("archive_file", stored(id), "killed", second)

    assert second.parts == 1
    assert copy.is_same(file)
    assert details(id).copy == copy
    assert wired(HotFiles).describe(file_key(id)) is None
    assert list(wired(ColdFiles).partials(file_key(id))) == []
    assert wired(ColdFiles).describe(file_key(id)).is_same(file)


def give_run(id: str, run_id: str) -> None:
    """Let a run be the recording's, though no queue has its tasks."""
    recording = replace(stored(id), current_run=run_id)
    wired(Rooms).transact(lambda transaction: transaction.save(recording))
