"""The scheduled jobs, with the clock moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from google.cloud.firestore import DocumentReference

from shared import ports
from shared.adapters.firestore.client import firestore_client
from shared.recordings.attending import PAGE
from shared.recordings.objects import EventsName, UploadName
from shared.recordings.recording import Bucket, Family, StoredObject
from shared.recordings.runs import QUEUE_PATIENCE, RunState
from shared.recordings.sweeps import (
    ORPHANS_ARE_OLDER_THAN,
    expire_uploads,
    requeue_stalled,
    sweep_orphans,
)
from shared.recordings.uploads import UPLOAD_CAP_BYTES, Settled, settle_upload
from shared.wiring import wired
from tests.integration.platform import Capture, RunningPlatform
from tests.integration.stored import now, objects_of, paused, queue_path, recording_of, run_of
from tests.media import videos

JOBS = ("requeue_stalled", "expire_uploads", "purge_deleted", "sweep_orphans")
A_DAY_LATER = timedelta(hours=25)


def expire(after: timedelta) -> None:
    expire_uploads(
        recordings=wired(ports.Recordings),
        media=wired(ports.Media),
        tasks=wired(ports.Tasks),
        ids=wired(ports.Ids),
        now=now() + after,
    )


@pytest.mark.parametrize("job", JOBS)
def test_the_scheduler_runs_the_job(platform: RunningPlatform, job: str) -> None:
    answer = platform.run_job(f"jobs_{job}")

    assert answer.status_code == 200
    assert set(answer.json()) == {"looked_at", "changed", "failed"}


def test_a_recording_whose_upload_never_comes_fails_after_a_day(capture: Capture) -> None:
    id = capture.create({"has_video": True})["id"]

    expire(timedelta(hours=23))
    assert capture.recording(id)["status"] == "uploading"

    expire(A_DAY_LATER)
    assert capture.recording(id)["status"] == "failed"
    assert recording_of(id).failure.code == "upload_expired"  # type: ignore[union-attr]


def test_an_upload_that_nobody_told_us_of_is_confirmed_by_the_sweep(
    platform: RunningPlatform, capture: Capture
) -> None:
    created = capture.create({"has_video": True})
    with platform.frozen("api"):
        capture.upload(created, videos.make_browser_webm())
        expire(A_DAY_LATER)
        assert recording_of(created["id"]).history[-1].actor == "job:expire_uploads"

    assert capture.wait_for(created["id"])["status"] == "ready"


def test_a_task_that_the_queue_has_lost_is_enqueued_again(capture: Capture) -> None:
    with paused("light") as client:
        id = capture.create()["id"]
        client.purge_queue(name=queue_path("light"))
    recordings, tasks = wired(ports.Recordings), wired(ports.Tasks)

    requeue_stalled(recordings=recordings, tasks=tasks, now=now() + QUEUE_PATIENCE / 2)
    assert run_of(id).steps["summarize_events"].epoch == 1

    requeue_stalled(recordings=recordings, tasks=tasks, now=now() + QUEUE_PATIENCE)
    assert run_of(id).steps["summarize_events"].epoch == 2
    assert capture.wait_for(id)["status"] == "ready"


@contextmanager
def unreadable_runs(count: int) -> Iterator[list[DocumentReference]]:
    """Rows as an earlier version may have written them; they have waited for the longest."""
    client = firestore_client()
    rows = [client.collection("runs").document(f"unreadable-{uuid4()}") for _ in range(count)]
    put, remove = client.batch(), client.batch()
    for row in rows:
        put.set(row, {"attention_at": now() - timedelta(days=1)})
        remove.delete(row)
    put.commit()
    yield rows
    remove.commit()


def test_a_page_of_rows_that_cannot_be_read_keeps_no_other_waiting(
    platform: RunningPlatform, capture: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    with paused("light") as client:
        id = capture.create()["id"]
        client.purge_queue(name=queue_path("light"))
    with unreadable_runs(PAGE + 1) as unreadable:
        swept = requeue_stalled(
            recordings=wired(ports.Recordings), tasks=wired(ports.Tasks), now=now() + QUEUE_PATIENCE
        )
        answer = platform.run_job("jobs_requeue_stalled")

    assert swept.changed >= 1
    assert capture.wait_for(id)["status"] == "ready"
    assert answer.status_code == 200
    assert [row.path for row in unreadable if f"{row.path} cannot be read" not in caplog.text] == []


def test_a_task_that_the_queue_still_has_is_left_alone(capture: Capture) -> None:
    with paused("light"):
        id = capture.create()["id"]
        requeue_stalled(recordings=wired(ports.Recordings), tasks=wired(ports.Tasks), now=now() + QUEUE_PATIENCE)
        assert run_of(id).steps["summarize_events"].epoch == 1

    assert capture.wait_for(id)["status"] == "ready"
    assert run_of(id).state is RunState.DONE


def test_objects_that_no_recording_reaches_are_swept_and_no_others(capture: Capture) -> None:
    created = capture.create({"has_video": True})
    capture.upload(created, videos.make_browser_webm())
    capture.wait_for(created["id"], "ready")
    kept = {one.name for one in objects_of(created["id"]) if one.bucket is Bucket.MEDIA}
    media = wired(ports.Media)
    orphan = media.save(
        EventsName(Family.CAPTURE, "never-was", "events.json").render(), b"[]", content_type="application/json"
    )
    run = run_of(created["id"])
    lost = media.save(
        f"capture/{created['id']}/runs/{run.id}/remux_video.7/video.webm", b"x", content_type="video/webm"
    )

    sweep_orphans(
        recordings=wired(ports.Recordings), media=media, now=now() + ORPHANS_ARE_OLDER_THAN + timedelta(minutes=1)
    )

    left = objects_of(created["id"])
    assert {one.name for one in left} == kept
    assert media.describe(Bucket.MEDIA, orphan.name) is None
    assert media.describe(Bucket.MEDIA, lost.name) is None


def test_an_upload_over_the_cap_fails_and_is_removed(capture: Capture) -> None:
    id = capture.create({"has_video": True})["id"]
    name = UploadName(Family.CAPTURE, id)
    huge = StoredObject(
        bucket=Bucket.UPLOADS, name=name.render(), generation=1, size_bytes=UPLOAD_CAP_BYTES[Family.CAPTURE] + 1
    )

    settlement = settle_upload(
        huge,
        name,
        by="trigger:video_finalized",
        recordings=wired(ports.Recordings),
        media=wired(ports.Media),
        tasks=wired(ports.Tasks),
        ids=wired(ports.Ids),
        now=now(),
    )

    assert settlement.outcome is Settled.FAILED
    assert recording_of(id).failure.code == "too_large"  # type: ignore[union-attr]
    assert capture.recording(id)["status"] == "failed"
