"""A delete leaves nothing: whatever is being written, whoever still holds a URL, and for good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import requests

from shared import ports
from shared.local.faults.accounting import outstanding
from shared.local.faults.arming import arm, faults_folder
from shared.ports.files import ColdFiles, HotFiles
from shared.ports.rooms import Rooms, RoomsTransaction
from shared.recordings.deleting import TOMBSTONE_KEPT_FOR, WRITERS_ARE_GONE_AFTER
from shared.recordings.idempotency import REMEMBERED_FOR
from shared.recordings.outcomes import Done, FanOut, LeaseLost
from shared.recordings.recording import State
from shared.recordings.runs import Run, StepState, StepTask
from shared.recordings.work import Work, claim_step, commit_step
from shared.rooms.domain import file_key, file_prefix
from shared.structs import replace
from shared.wiring import wired
from tests.integration.every_endpoint import new_person
from tests.integration.every_resource import new_rooms_id, save_recording, store_file
from tests.integration.held_triggers import held_triggers
from tests.integration.patient_client import events_of
from tests.integration.platform import Capture, RunningPlatform, eventually, minimal
from tests.integration.remains import let_time_pass, purge, remains_of
from tests.integration.stored import now, paused, run_of, wait_for_step
from tests.integration.unusual_videos import recorder_webm
from tests.unit.room_fakes import room_recording

PATH = "/api/v1/recordings"
CATALOGUE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "functions" / "catalogue.json").read_text())

STALL_S = 1.0
COPY = {"part": "storage", "at": "call", "match": {"method": "POST", "path": "/storage/v1/b/uploads/o/"}}
SAVE = {"part": "storage", "at": "call", "match": {"method": "POST", "path": "/upload/storage/v1/b/media/o"}}
#: What each step of a recording with a video writes: the request, and how many such requests of others come before.
WRITES = {
    "pin_upload": (COPY, 0),
    "summarize_events": (SAVE, 0),
    "remux_video": (SAVE, 0),
    "preview_video": (SAVE, 1),
}
BEFORE_MEDIA = ("pin_upload", "summarize_events")


def stall_write(platform: RunningPlatform, capture: Capture, step: str) -> str:
    """Bring a recording to the moment when this step is writing, and hold the write up; returns the id."""
    created = capture.create({"has_video": True})
    write, skip = WRITES[step]
    fault = {**write, "skip": skip, "do": "stall", "delay_s": STALL_S}
    faults = faults_folder(platform.data)
    with paused("media"):
        with paused("light"):
            capture.upload(created, recorder_webm())
            capture.wait_for(created["id"], "processing")
            if step in BEFORE_MEDIA:
                arm(faults, [fault])
        if step in BEFORE_MEDIA:
            eventually(lambda: not outstanding(faults), what=f"the write of {step}")
        else:
            for earlier in BEFORE_MEDIA:
                wait_for_step(created["id"], earlier, StepState.DONE)
            arm(faults, [fault])
    eventually(lambda: not outstanding(faults), what=f"the write of {step}")
    id: str = created["id"]
    return id


def claim(run: Run, step: str) -> Work:
    """Take a step as a worker of another machine."""
    task = StepTask(run_id=run.id, step=step, epoch=1)
    recordings = wired(ports.Recordings)
    claimed = claim_step(task, task_name=task.name, recordings=recordings, now=now(), lease=timedelta(minutes=1))
    assert claimed.work is not None
    return claimed.work


@pytest.fixture(autouse=True)
def _no_faults_left(platform: RunningPlatform) -> Iterator[None]:
    yield
    arm(faults_folder(platform.data), [])


@pytest.mark.parametrize("step", WRITES)
def test_a_step_that_is_writing_while_the_recording_is_deleted_leaves_nothing(
    platform: RunningPlatform, capture: Capture, step: str
) -> None:
    id = stall_write(platform, capture, step)
    run = run_of(id)
    assert run.steps[step].state is StepState.RUNNING

    assert capture.delete(id).status_code == 204

    assert capture.get(id).status_code == 404
    task = StepTask(run_id=run.id, step=step, epoch=1)
    eventually(lambda: not wired(ports.Tasks).knows(task), what="the worker giving up")
    assert remains_of(id, run.id).objects == (), "the worker has removed what it wrote too late"
    purge()
    left = remains_of(id, run.id)
    assert left.objects == ()
    assert left.collections == {"tombstones"}


def test_everything_that_is_written_after_the_delete_is_gone_after_the_purge(
    platform: RunningPlatform, capture: Capture
) -> None:
    """Clients with a URL, a worker of a step, one that fans out, and nobody left to clean up behind them."""
    body = {**minimal(), "events": events_of("late"), "has_video": True}
    headers = {"Idempotency-Key": uuid4().hex}
    created = capture.create(body, headers=headers)
    id, recordings = created["id"], wired(ports.Recordings)
    with held_triggers(platform), paused("light"):
        capture.upload(created, recorder_webm())
        capture.confirm(id)
        run = run_of(id)
        pinning, splitting = claim(run, "pin_upload"), claim(run, "summarize_events")
        commit_step(splitting, FanOut(shards=[{"part": 1}, {"part": 2}]), recordings=recordings, now=now())
        assert remains_of(id, run.id).collections == {"recordings", "runs", "shards", "idempotency"}

        assert capture.delete(id).status_code == 204

        capture.upload(created, recorder_webm())
        late = wired(ports.Media).save(pinning.output("upload").render(), b"late", content_type="video/webm")
        with pytest.raises(LeaseLost):
            commit_step(pinning, Done(), recordings=recordings, now=now())
        assert capture.confirm(id).status_code == 404
        assert capture.call("POST", PATH, json=body, headers=headers).status_code == 404
        assert set(remains_of(id).objects) == {f"uploads/capture/{id}/upload", f"media/{late.name}"}
        purge()

    left = remains_of(id, run.id)
    assert left.objects == ()
    assert left.collections == {"tombstones", "idempotency"}


def test_what_is_left_after_the_purge_says_nothing_and_goes_at_its_time(capture: Capture) -> None:
    headers = {"Idempotency-Key": uuid4().hex}
    id = capture.create({"name": "a secret name", "events": events_of("secret")}, headers=headers)["id"]
    capture.wait_for(id, "ready")
    run_id = run_of(id).id
    capture.delete(id)
    purge()

    left = remains_of(id, run_id)
    assert left.collections == {"tombstones", "idempotency"}
    assert "secret" not in str(left.documents)
    time = max(TOMBSTONE_KEPT_FOR, REMEMBERED_FOR) + WRITERS_ARE_GONE_AFTER
    assert all(fields["expire_at"] < now() + time + timedelta(minutes=1) for fields in left.documents.values())
    let_time_pass(left.documents, time + timedelta(minutes=1))
    eventually(lambda: not remains_of(id, run_id).documents, what="Firestore removing what has expired")


def test_a_worker_that_wakes_up_after_the_purge_cleans_up_behind_itself(
    platform: RunningPlatform, capture: Capture, sample_video: bytes
) -> None:
    created = capture.create({"has_video": True})
    id = created["id"]
    capture.upload(created, sample_video)
    run = wait_for_step(id, "preview_video", StepState.RUNNING)

    with platform.frozen("media"):
        assert capture.delete(id).status_code == 204
        purge()
        assert remains_of(id, run.id).objects == ()
    task = StepTask(run_id=run.id, step="preview_video", epoch=1)
    eventually(lambda: not wired(ports.Tasks).knows(task), what="the worker giving up")

    left = remains_of(id, run.id)
    assert left.objects == ()
    assert left.collections == {"tombstones"}


def test_an_upload_after_the_purge_is_removed_by_its_trigger(capture: Capture) -> None:
    created = capture.create({"has_video": True})
    capture.delete(created["id"])
    purge()

    capture.upload(created, recorder_webm())

    eventually(lambda: not remains_of(created["id"]).objects, what="the trigger removing the upload")
    assert capture.get(created["id"]).status_code == 404


def test_nothing_that_may_write_outlives_the_wait_for_the_purge(capture: Capture) -> None:
    query = parse_qs(urlsplit(capture.create({"has_video": True})["video_upload_url"]).query)
    longest_step_s = max(one["timeout_s"] for one in CATALOGUE["functions"] if one["kind"] == "step")

    assert timedelta(seconds=int(query["X-Goog-Expires"][0])) < WRITERS_ARE_GONE_AFTER
    assert timedelta(seconds=longest_step_s) < WRITERS_ARE_GONE_AFTER


def test_a_deleted_recording_cannot_be_read_by_any_url_that_was_given_out(capture: Capture) -> None:
    created = capture.create({"has_video": True, "events": events_of("shared")})
    capture.upload(created, recorder_webm())
    capture.wait_for(created["id"], "ready")
    url = capture.call("GET", f"{PATH}/{created['id']}/video").json()["video_url"]
    assert requests.get(url, timeout=30).status_code == 200

    capture.delete(created["id"])

    assert requests.get(url, timeout=30).status_code == 404
    assert [capture.call("GET", f"{PATH}/{created['id']}/{what}").status_code for what in ("events", "video")] == [
        404,
        404,
    ]


def files_of(id: str) -> set[str]:
    """Where there is anything of a room's recording: both stores, whole or unfinished, and the buckets."""
    found = {f"media: {name}" for name in remains_of(id).objects}
    for name, store in (("hot", wired(HotFiles)), ("cold", wired(ColdFiles))):
        found |= {f"{name}: {file.key}" for file in store.files(file_prefix(id))}
        found |= {f"{name}, unfinished: {partial.key}" for partial in store.partials(file_prefix(id))}
    return found


def end_retention(id: str) -> None:
    """Let a deleted recording have ended a month earlier."""

    def attempt(transaction: RoomsTransaction) -> None:
        deleted = transaction.deleted(id)
        assert deleted is not None
        transaction.save(replace(deleted, ended_at=deleted.ended_at - timedelta(days=31)))

    wired(Rooms).transact(attempt)


def test_a_deleted_recording_of_a_room_is_in_no_store_once_its_retention_is_over(platform: RunningPlatform) -> None:
    owner, id = new_person(platform), new_rooms_id("rec")
    owner.rooms().create_room()
    stores = (wired(HotFiles), wired(ColdFiles))
    file, copy = (store_file(store, id) for store in stores)
    for store in stores:
        store.begin(file_key(id), content_type="video/mp4")
    picture = wired(ports.Media).save(f"rooms/{id}/1/thumbnail.jpg", b"a picture", content_type="image/jpeg")
    save_recording(owner, room_recording(State.READY, id=id, file=file, copy=copy, thumbnail=picture))

    assert owner.rooms().call("DELETE", f"/recordings/{id}").status_code == 200
    before = files_of(id)
    end_retention(id)
    assert platform.run_job("rooms_expire_retention").status_code == 200

    assert len(before) == 5
    assert files_of(id) == set()
