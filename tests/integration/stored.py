"""Looking behind the API: what the product's own adapters find in the platform's Firestore, queues and buckets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from google.cloud import tasks_v2

from shared import ports
from shared.adapters.firestore.queries import RUNS_OF_RECORDING
from shared.adapters.gcs import _client as storage_client
from shared.adapters.gcs import _stored as stored_object
from shared.adapters.tasks import _client as tasks_client
from shared.recordings.recording import Bucket, Family, Recording, StoredObject
from shared.recordings.runs import Run, StepState
from shared.settings import settings
from shared.wiring import wired
from tests.integration.platform import eventually


def now() -> datetime:
    return datetime.now(UTC)


def recording_of(id: str) -> Recording:
    found = wired(ports.Recordings).find(id)
    assert isinstance(found, Recording)
    return found


def run_of(id: str) -> Run:
    """The recording's current run."""
    run = wired(ports.Recordings).find_run(recording_of(id).current_run)
    assert isinstance(run, Run)
    return run


def count_runs(id: str) -> int:
    """How many runs there ever were of a recording."""
    from shared.adapters.firestore.client import firestore_client
    from shared.adapters.firestore.queries import build

    return len(list(build(firestore_client(), RUNS_OF_RECORDING, {"recording_id": id}).stream()))


def wait_for_step(id: str, step: str, *states: StepState) -> Run:
    """The run, once the step is in one of these states."""

    def look() -> Run | None:
        recording = wired(ports.Recordings).find(id)
        run = wired(ports.Recordings).find_run(recording.current_run) if recording and recording.current_run else None
        return run if run and run.steps[step].state in states else None

    return eventually(look, what=f"{step} {'/'.join(states)}")


def objects_of(id: str, family: Family = Family.CAPTURE) -> list[StoredObject]:
    """Every object of a recording in either bucket."""
    client, _ = storage_client()
    names = {Bucket.UPLOADS: settings().uploads_bucket, Bucket.MEDIA: settings().media_bucket}
    return [
        stored_object(bucket, blob)
        for bucket, name in names.items()
        for blob in client.list_blobs(name, prefix=f"{family}/{id}/")
    ]


def queue_path(queue: str) -> str:
    chosen = settings()
    return f"projects/{chosen.project}/locations/{chosen.location}/queues/{queue}"


@contextmanager
def paused(queue: str) -> Iterator[tasks_v2.CloudTasksClient]:
    """A queue that delivers nothing for a while."""
    client, name = tasks_client(), queue_path(queue)
    client.pause_queue(name=name)
    try:
        yield client
    finally:
        client.resume_queue(name=name)
