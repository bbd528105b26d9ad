"""Deleting at the worst moments."""

from __future__ import annotations

from datetime import timedelta

import requests

from shared import ports
from shared.recordings.deleting import TOMBSTONE_KEPT_FOR, WRITERS_ARE_GONE_AFTER
from shared.recordings.runs import RunState, StepState
from shared.recordings.sweeps import purge_deleted
from shared.wiring import wired
from tests.integration.platform import Capture, eventually
from tests.integration.stored import now, objects_of, paused, run_of, wait_for_step
from tests.media import videos


def purge(after: timedelta = WRITERS_ARE_GONE_AFTER) -> None:
    """Run the purge as if `after` had passed."""
    purge_deleted(recordings=wired(ports.Recordings), media=wired(ports.Media), now=now() + after)


def test_a_delete_while_steps_run_leaves_nothing(capture: Capture, sample_video: bytes) -> None:
    created = capture.create({"has_video": True})
    id = created["id"]
    capture.upload(created, sample_video)
    run = wait_for_step(id, "preview_video", StepState.RUNNING)

    assert capture.delete(id).status_code == 204
    assert capture.get(id).status_code == 404
    assert capture.delete(id).status_code == 404
    found = wired(ports.Recordings).find_run(run.id)
    assert found.state is RunState.CANCELLED

    eventually(lambda: not objects_of(id), what="the worker giving up")
    purge()
    assert objects_of(id) == []
    assert wired(ports.Recordings).find_run(run.id) is None


def test_an_upload_after_the_delete_is_removed(capture: Capture) -> None:
    created = capture.create({"has_video": True})
    capture.delete(created["id"])

    capture.upload(created, videos.make_browser_webm())

    eventually(lambda: not objects_of(created["id"]), what="the trigger removing the upload")
    assert capture.get(created["id"]).status_code == 404


def test_a_step_of_a_deleted_recording_is_never_started(capture: Capture) -> None:
    with paused("light"):
        id = capture.create()["id"]
        run = run_of(id)
        capture.delete(id)

    found = wired(ports.Recordings).find_run(run.id)
    assert found.steps["summarize_events"].attempts == 0
    assert objects_of(id) == []


def test_a_purge_waits_until_nothing_can_be_writing_and_keeps_the_id_for_a_while(capture: Capture) -> None:
    id = capture.create()["id"]
    capture.delete(id)
    recordings = wired(ports.Recordings)

    purge(WRITERS_ARE_GONE_AFTER - timedelta(minutes=5))
    assert recordings.find_tombstone(id).purge_after is not None

    purge()
    kept = recordings.find_tombstone(id)
    assert kept.purge_after is None
    assert kept.expire_at > now() + TOMBSTONE_KEPT_FOR


def test_signed_urls_of_a_deleted_video_lead_nowhere(capture: Capture) -> None:
    created = capture.create({"has_video": True})
    capture.upload(created, videos.make_browser_webm())
    capture.wait_for(created["id"], "ready")
    url = capture.call("GET", f"/api/v1/recordings/{created['id']}/video").json()["video_url"]

    capture.delete(created["id"])

    assert requests.get(url, timeout=10).status_code == 404
