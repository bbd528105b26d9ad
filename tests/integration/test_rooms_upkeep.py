"""Upkeep of rooms on the running platform: due archives, the end of retention, and what reconciling finds and mends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared import ports
from shared.cli.reconcile import NOT_COMPARED
from shared.ports.files import ColdFiles, HotFiles
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.codec import to_plain
from shared.recordings.files import StoredFile
from shared.recordings.recording import Bucket, State
from shared.rooms.domain import ARCHIVED_AFTER, Tenant, file_key
from shared.rooms.reading import details_of
from shared.rooms.reconciling.disagreements import SETTLED_AFTER, Finding
from shared.structs import replace
from shared.wiring import wired
from tests.integration.platform import RunningPlatform, clean_environment, eventually
from tests.integration.rooms_client import RoomsClient, new_rooms_client, new_tenant, taken
from tests.integration.rooms_jobs import disagreements
from tests.integration.rooms_provider import control, hold, meeting_of

A_YEAR_DAYS = 365


@dataclass(frozen=True)
class Filmed:
    """A room whose one recording has come into the hot store."""

    client: RoomsClient
    tenant_id: str
    room_id: str
    id: str
    content: bytes
    file: StoredFile

    @property
    def key(self) -> str:
        return file_key(self.id)


def film(platform: RunningPlatform) -> Filmed:
    """Record a room of a new tenant, and wait until the file has come."""
    client = new_rooms_client(platform, tenant := new_tenant())
    room_id = client.create_room()["id"]
    hold(room_id, "RECORDING", "UPLOADING")
    id: str = client.start(room_id)["id"]
    finish_recording(room_id)
    taken(client.call("POST", f"/rooms/{room_id}/recordings/sync"), 200)
    eventually(lambda: client.recording(id)["status"] == "ready", within_s=60, what=f"import of {id}")
    found = wired(HotFiles).describe(file_key(id))
    assert found is not None
    with wired(HotFiles).open(found) as content:
        return Filmed(client, tenant, room_id, id, content.read(), found)


def finish_recording(room_id: str) -> str:
    """Let the provider have the file of the room's recording; the provider's id of it."""
    (theirs,) = control("GET", f"/meetings/{meeting_of(room_id)}/recordings")
    control("POST", f"/recordings/{theirs['id']}/advance", json={"to": "UPLOADED"})
    id: str = theirs["id"]
    return id


@pytest.fixture(scope="module")
def filmed(platform: RunningPlatform) -> Filmed:
    return film(platform)


@pytest.fixture(scope="module")
def archived(platform: RunningPlatform) -> Filmed:
    """One that the job has archived, because it is old enough and stays long enough."""
    made = film(platform)
    retain(made.tenant_id, days=A_YEAR_DAYS)
    age(made.id, ARCHIVED_AFTER)
    assert platform.run_job("rooms_archive_due").status_code == 200
    eventually(lambda: made.client.recording(made.id)["status"] == "archived", within_s=60, what="the archive")
    return made


def retain(tenant_id: str, *, days: int) -> None:
    def attempt(transaction: RoomsTransaction) -> None:
        tenant = transaction.tenant(tenant_id) or Tenant(id=tenant_id)
        transaction.save(replace(tenant, recording_retention_days=days))

    wired(Rooms).transact(attempt)


def age(id: str, by: timedelta) -> None:
    """Let a recording have ended so much earlier."""

    def attempt(transaction: RoomsTransaction) -> None:
        recording = transaction.recording(id)
        assert recording is not None
        details = details_of(recording)
        assert details.ended_at is not None
        transaction.save(replace(recording, details=to_plain(replace(details, ended_at=details.ended_at - by))))

    wired(Rooms).transact(attempt)


def reconcile(platform: RunningPlatform, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an administrator does."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "shared.cli", "reconcile", "--data", str(platform.data), *options],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_what_is_old_enough_is_archived_and_its_hot_file_goes(archived: Filmed) -> None:
    copy = wired(ColdFiles).describe(archived.key)

    assert copy is not None
    assert copy.is_same(archived.file)
    assert wired(HotFiles).describe(archived.key) is None


def test_past_its_retention_a_recording_is_gone_from_everywhere(platform: RunningPlatform) -> None:
    doomed = film(platform)
    had_thumbnail = thumbnails(doomed.id)
    age(doomed.id, timedelta(days=30))

    assert platform.run_job("rooms_expire_retention").status_code == 200

    assert doomed.client.call("GET", f"/recordings/{doomed.id}").status_code == 404
    assert doomed.client.call("GET", f"/recordings/{doomed.id}/download").status_code == 410
    assert wired(HotFiles).describe(doomed.key) is None
    assert had_thumbnail
    assert thumbnails(doomed.id) == []


def thumbnails(id: str) -> Sequence[str]:
    now = wired(ports.Clock).now()
    stored = wired(ports.Media).older_than(Bucket.MEDIA, now + timedelta(days=1))
    return [one.name for one in stored if one.name.startswith(f"rooms/{id}/")]


def test_recordings_that_came_and_went_as_they_should_agree(filmed: Filmed, archived: Filmed) -> None:
    found = disagreements(filmed.tenant_id, archived.tenant_id)

    assert about(found, filmed.id, archived.id, filmed.room_id, archived.room_id) == []


def test_the_command_names_what_the_provider_has_recorded_and_nobody_fetched_and_fetches_it(
    platform: RunningPlatform,
) -> None:
    client = new_rooms_client(platform)
    room_id = client.create_room()["id"]
    hold(room_id, "RECORDING", "UPLOADING")
    wired(Meetings).start_recording(meeting_of(room_id), max_seconds=60, file_name_prefix="by-somebody-else")
    provider_id = finish_recording(room_id)

    looked = reconcile(platform)
    listed = client.call("GET", "/recordings").json()["data"]
    fixed = reconcile(platform, "--fix")

    problem = f"{room_id}:{provider_id}: the provider has a recording that is not known here"
    assert f"{problem}; --fix would take it in" in looked.stdout.splitlines(), looked.stderr
    assert looked.returncode == 1
    assert listed == []
    assert f"{problem}; done: take it in" in fixed.stdout.splitlines(), fixed.stderr
    (taken_in,) = client.call("GET", "/recordings").json()["data"]
    eventually(lambda: client.recording(taken_in["id"])["status"] == "ready", within_s=60, what="the import")


@pytest.fixture
def leftover(archived: Filmed) -> Iterator[Filmed]:
    """An archived recording whose file is in the hot store, as after a crash."""
    put(wired(HotFiles), archived.key, archived.content)
    yield archived
    wired(HotFiles).delete(archived.key)


def about(found: Iterable[Finding], *subjects: str) -> list[Finding]:
    """What was found about these; other tests leave what they like."""
    return [finding for finding in found if any(one in finding.subject for one in subjects)]


def put(store: HotFiles, key: str, content: bytes) -> None:
    partial = store.begin(key, content_type="video/mp4")
    store.complete(partial, (store.put_part(partial, 1, content),), part_bytes=len(content))


def test_a_hot_leftover_of_an_archived_recording_is_removed(leftover: Filmed) -> None:
    (finding,) = about(disagreements(), leftover.id)

    assert finding.problem == "it is archived, and its file is still in the hot store"
    assert finding.remedy is not None
    assert finding.remedy.apply()
    assert wired(HotFiles).describe(leftover.key) is None
    assert about(disagreements(), leftover.id) == []


def test_strays_and_stale_uploads_are_found_in_both_stores_and_removed(platform: RunningPlatform) -> None:
    stray, begun = file_key("rec_stray0000000000000"), file_key("rec_begun0000000000000")
    for store in (wired(HotFiles), wired(ColdFiles)):
        put(store, stray, b"of nobody")
        store.begin(begun, content_type="video/mp4")

    young = about(disagreements(), stray, begun)
    found = about(disagreements(later=SETTLED_AFTER + timedelta(minutes=1)), stray, begun)
    mended = [finding.remedy is not None and finding.remedy.apply() for finding in found]

    assert young == []
    assert sorted(finding.subject for finding in found) == [
        f"{tier}:{key}" for tier in ("cold", "hot") for key in (begun, stray)
    ]
    assert all(mended)
    assert about(disagreements(later=2 * SETTLED_AFTER), stray, begun) == []


def test_a_file_that_is_gone_is_a_persons_to_explain(platform: RunningPlatform) -> None:
    lost = film(platform)
    wired(HotFiles).delete(lost.key)

    (finding,) = about(disagreements(), lost.id)

    assert finding == Finding(lost.id, "it is ready, and the hot store does not have its file")
    recording = wired(Rooms).find(lost.id)
    assert recording is not None
    assert recording.state is State.READY


def test_where_a_store_does_not_answer_the_command_says_that_it_could_not_compare(platform: RunningPlatform) -> None:
    environment = {**platform.environment, "PLAYHEAD_R2_BUCKET": "no-such-bucket"}

    ended = subprocess.run(
        [sys.executable, "-P", "-m", "shared.cli", "reconcile"],
        env=clean_environment(environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == NOT_COMPARED
    assert ended.stderr.startswith("playhead: not everything could be compared: ")
