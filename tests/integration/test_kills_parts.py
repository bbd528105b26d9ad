"""`kill -9` of every part of the platform while clients work: nothing that was acknowledged is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest

from shared.local.faults.arming import arm, faults_folder
from tests.integration import crashes
from tests.integration.crashes import PARTS, SUPERVISOR
from tests.integration.patient_client import Acknowledged, PatientClient
from tests.integration.platform import TEST_SETTINGS, RunningPlatform, eventually, start_platform
from tests.integration.unusual_videos import recorder_webm

#: Steps of a dead worker are taken over as soon as their lease has run out.
SETTINGS = {**TEST_SETTINGS, "PLAYHEAD_STEP_LEASE_S": "2"}
READY_WITHIN_S = 40
PADDING_BYTES = 300_000
#: Only the first upload is noticed at once: the events of all others wait until after the kill.
UNNOTICED = {"part": "storage", "at": "deliver", "do": "fail", "status": 503, "skip": 1, "times": 1_000_000}


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """A platform of these tests' own."""
    platform = start_platform(tmp_path_factory.mktemp("fragile"), SETTINGS)
    yield platform
    if platform.process.poll() is None:
        platform.stop()


@pytest.fixture(scope="module")
def client(fragile: RunningPlatform) -> PatientClient:
    """One client for all tests: what it was promised before one kill must have survived the next ones too."""
    return PatientClient(fragile.client(), partial(crashes.forget_reservation, fragile))


def video_of(name: str) -> bytes:
    """A video that is this recording's and no other's, and that takes a while to upload."""
    padding = name.encode() * (PADDING_BYTES // len(name))
    void = b"\xec" + (1 << 56 | len(padding)).to_bytes(8, "big") + padding
    return recorder_webm() + void


def work_with_events(client: PatientClient, name: str, killed: Event) -> None:
    """Create recordings of events alone and delete every other one, before the kill and after it."""
    for number in range(6):
        if number == 4:
            killed.wait(60)
        made = client.create(f"{name}-events-{number}")
        if number % 2:
            client.delete(made)


def work_with_videos(client: PatientClient, name: str, killed: Event) -> None:
    """Create recordings and upload their videos, before the kill and after it."""
    for number in range(3):
        if number == 2:
            killed.wait(60)
        client.create(f"{name}-video-{number}", video=video_of(f"{name}-{number}"))


def is_under_way(client: PatientClient, name: str) -> bool:
    """Whether recordings are being created and processed, and an upload is acknowledged that nobody has noticed."""
    names = {made.name: made.id for made in list(client.kept)}
    return f"{name}-events-2" in names and names.get(f"{name}-video-1") in client.uploaded


def work_through_a_kill(platform: RunningPlatform, client: PatientClient, part: str) -> None:
    killed = Event()
    arm(faults_folder(platform.data), [UNNOTICED])
    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(work, client, part, killed) for work in (work_with_events, work_with_videos)]
        try:
            eventually(
                lambda: is_under_way(client, part) or any(worker.done() for worker in workers), what="work under way"
            )
            crashes.crash(platform, part)
        finally:
            arm(faults_folder(platform.data), [])
            killed.set()
        for worker in workers:
            worker.result()


def listed(client: PatientClient) -> dict[str, list[str]]:
    """The names of all recordings by their status."""
    found: dict[str, list[str]] = {}
    cursor = ""
    while True:
        page = client.get(f"?limit=100{cursor}").json()
        for recording in page["recordings"]:
            found.setdefault(recording["status"], []).append(recording["name"])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def check_content(platform: RunningPlatform, client: PatientClient, made: Acknowledged) -> None:
    """Everything that the client has sent is there as it was sent."""
    assert json.loads(client.get(f"/{made.id}/events").content) == made.events
    if made.video is None:
        return
    upload, pinned = f"capture/{made.id}/upload", crashes.object_names(platform, "media", made.id)
    assert crashes.object_bytes(platform, "uploads", upload) == made.video
    copies = [name for name in pinned if name.endswith("/upload")]
    assert copies
    assert all(crashes.object_bytes(platform, "media", name) == made.video for name in copies)
    assert client.download(client.get(f"/{made.id}/video").json()["video_url"])


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_loses_nothing_that_was_acknowledged(
    fragile: RunningPlatform, client: PatientClient, part: str
) -> None:
    """Each Idempotency-Key has made exactly one recording: none is missing, and none is there twice."""
    work_through_a_kill(fragile, client, part)

    for made in client.kept:
        client.capture.wait_for(made.id, "ready", within_s=READY_WITHIN_S)
    promised = sorted(made.name for made in client.kept)
    assert {status: sorted(names) for status, names in listed(client).items()} == {"ready": promised}
    for id in client.deleted:
        assert client.get(f"/{id}").status_code == 404
    for made in client.kept:
        if made.name.startswith(f"{part}-"):
            check_content(fragile, client, made)


def test_every_part_that_runs_is_killed_here(fragile: RunningPlatform) -> None:
    assert crashes.running_parts(fragile) | {SUPERVISOR} == set(PARTS)
