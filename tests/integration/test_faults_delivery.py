"""Deliveries that come twice, late, together, or to a worker that dies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from shared import ports
from shared.recordings.codec import to_plain
from shared.recordings.objects import OutputName, parse
from shared.recordings.outcomes import Done
from shared.recordings.recording import Bucket
from shared.recordings.runs import RunState, StepState, StepTask, Verdict
from shared.recordings.sweeps import requeue_stalled
from shared.recordings.work import claim_step, commit_step
from shared.wiring import wired
from tests.integration.platform import Capture, RunningPlatform, eventually
from tests.integration.stored import count_runs, now, objects_of, paused, recording_of, run_of, wait_for_step
from tests.media import videos


def finalized(id: str) -> dict[str, Any]:
    """The body of the event that storage sends for a recording's upload."""
    stored = wired(ports.Media).describe(Bucket.UPLOADS, f"capture/{id}/upload")
    return {
        "bucket": "uploads",
        "name": stored.name,
        "generation": str(stored.generation),
        "size": str(stored.size_bytes),
        "contentType": stored.content_type,
    }


def event_headers(id: str) -> dict[str, str]:
    return {
        "ce-id": "1",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.storage.object.v1.finalized",
        "ce-source": "//storage.googleapis.com/projects/_/buckets/uploads",
        "ce-subject": f"objects/capture/{id}/upload",
    }


def posters_of(id: str) -> list[int]:
    """The fences of the attempts whose posters are there."""
    names = [parse(stored.name) for stored in objects_of(id) if stored.name.endswith("poster.jpg")]
    return [name.fence for name in names if isinstance(name, OutputName)]


def test_confirm_and_trigger_twice_each_at_once_start_one_run(platform: RunningPlatform, capture: Capture) -> None:
    created = capture.create({"has_video": True})
    id = created["id"]
    capture.upload(created, videos.make_browser_webm())
    event, headers = finalized(id), event_headers(id)

    def trigger() -> int:
        return platform.invoke("triggers_video_finalized", "TRIGGER", event, **headers).status_code

    def confirm() -> int:
        return capture.confirm(id).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(call) for call in (trigger, confirm, trigger, confirm)]
        assert [answer.result() for answer in answers] == [200] * 4

    assert capture.wait_for(id)["status"] == "ready"
    assert count_runs(id) == 1
    assert [move.cause for move in recording_of(id).history].count("media_confirmed") == 1


def test_a_confirm_after_the_end_changes_nothing(capture: Capture) -> None:
    created = capture.create({"has_video": True})
    capture.upload(created, videos.make_browser_webm())
    ready = capture.wait_for(created["id"])

    again = capture.confirm(created["id"])

    assert again.status_code == 200
    assert again.json() == ready


def test_a_step_delivered_many_times_at_once_has_one_effect(
    platform: RunningPlatform, capture: Capture, sample_events: list[dict[str, Any]]
) -> None:
    with paused("light"):
        id = capture.create({"events": sample_events})["id"]
        task = StepTask(run_id=run_of(id).id, step="summarize_events", epoch=1)

        def deliver(_: int) -> int:
            return platform.invoke(
                "steps_summarize_events", "STEP", to_plain(task), **{"X-CloudTasks-TaskName": task.name}
            ).status_code

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(deliver, range(8)))
    assert set(answers) <= {200, 409}
    capture.wait_for(id, "ready")

    summaries = [stored for stored in objects_of(id) if stored.name.endswith("event_summary.json")]
    assert len(summaries) == 1
    assert run_of(id).steps["summarize_events"].attempts == 1


def test_a_delivery_long_after_the_end_is_dropped(
    platform: RunningPlatform, capture: Capture, sample_events: list[dict[str, Any]]
) -> None:
    id = capture.create({"events": sample_events})["id"]
    capture.wait_for(id, "ready")
    before = run_of(id)
    task = StepTask(run_id=before.id, step="finish_capture", epoch=1)

    answer = platform.invoke("steps_finish_capture", "STEP", to_plain(task))

    assert answer.json() == {"verdict": "stale"}
    assert run_of(id) == before


def test_a_worker_that_dies_after_its_commit_is_made_good_by_the_next_delivery(capture: Capture) -> None:
    recordings = wired(ports.Recordings)
    with paused("light"):
        id = capture.create()["id"]
        task = StepTask(run_id=run_of(id).id, step="summarize_events", epoch=1)
        claim = claim_step(task, task_name=task.name, recordings=recordings, now=now(), lease=timedelta(seconds=60))
        assert claim.verdict is Verdict.RUN
        assert claim.work is not None
        unblocked = commit_step(claim.work, Done(), recordings=recordings, now=now())
        assert [one.step for one in unblocked] == ["finish_capture"], "and here the worker dies: nothing is enqueued"

    assert capture.wait_for(id)["status"] == "ready"


def test_a_killed_worker_loses_no_attempt(platform: RunningPlatform, capture: Capture, sample_video: bytes) -> None:
    created = capture.create({"has_video": True})
    capture.upload(created, sample_video)
    wait_for_step(created["id"], "preview_video", StepState.RUNNING)

    platform.kill("media")

    assert capture.wait_for(created["id"])["status"] == "ready"
    step = run_of(created["id"]).steps["preview_video"]
    assert (step.state, step.attempts, step.fence) == (StepState.DONE, 2, 2)
    assert run_of(created["id"]).state is RunState.DONE


def test_a_worker_that_hangs_past_its_lease_cannot_commit(
    platform: RunningPlatform, capture: Capture, sample_video: bytes
) -> None:
    created = capture.create({"has_video": True})
    capture.upload(created, sample_video)
    running = wait_for_step(created["id"], "preview_video", StepState.RUNNING)
    until = running.steps["preview_video"].lease_until
    assert until is not None
    recordings, tasks = wired(ports.Recordings), wired(ports.Tasks)

    with platform.frozen("media"):
        requeue_stalled(recordings=recordings, tasks=tasks, now=until + timedelta(seconds=30))
        assert run_of(created["id"]).steps["preview_video"].epoch == 2

    assert capture.wait_for(created["id"])["status"] == "ready"
    step = run_of(created["id"]).steps["preview_video"]
    assert (step.state, step.epoch, step.fence) == (StepState.DONE, 2, 2)
    eventually(lambda: posters_of(created["id"]) == [2], what="the late worker cleaning up after itself")


def test_an_upload_that_is_replaced_before_it_is_pinned_is_the_one_that_counts(capture: Capture) -> None:
    with paused("light"):
        created = capture.create({"has_video": True})
        capture.upload(created, videos.make_browser_webm())
        capture.wait_for(created["id"], "processing")
        capture.upload(created, videos.make_browser_webm(times_ms=range(0, 1000, 100), audio_ms=(0, 1000)))

    ready = capture.wait_for(created["id"])

    assert ready["status"] == "ready"
    assert ready["duration_ms"] < 2_000
    assert count_runs(created["id"]) == 1
