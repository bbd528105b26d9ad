"""One recording from its create to the end of its run, and what that took."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import requests

from benchmarks import client
from benchmarks.bill import Bill, billed_since, billed_so_far
from benchmarks.sample import create_body
from shared import ports
from shared.recordings.recording import Recording, State
from shared.recordings.runs import Run
from shared.wiring import wired

PATIENCE_S = 120
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Processed:
    """A recording that is ready: its run, when its upload ended, and the bill of the create and of the rest."""

    run: Run
    uploaded_at: datetime
    create_bill: Bill
    process_bill: Bill

    @property
    def total_s(self) -> float:
        """From the end of the upload to the end of the run."""
        return _between(self.uploaded_at, self.run.ended_at)

    @property
    def confirm_s(self) -> float:
        """From the end of the upload until the storage trigger has started the run."""
        return _between(self.uploaded_at, self.run.created_at)

    def wait_s(self, step: str) -> float:
        """From queued to claimed."""
        record = self.run.steps[step]
        return _between(record.queued_at, record.started_at)

    def work_s(self, step: str) -> float:
        """From claimed to completed."""
        record = self.run.steps[step]
        return _between(record.started_at, record.completed_at)

    def longest_work_s(self, step: str) -> float:
        """The work on the longest way to the end of a step: what no queue, however fast, could save."""
        earlier = [self.longest_work_s(before.name) for before in self.run.plan.stage(step).after]
        return self.work_s(step) + max(earlier, default=0)


def process(video: bytes) -> Processed:
    """Take the demo's events and this video through the platform."""
    start = billed_so_far()
    created = client.create(client.platform_url(), create_body())
    create_bill, before, tasks_before = billed_since(start), billed_so_far(), client.task_counts()["succeeded"]
    requests.put(created["video_upload_url"], data=video, timeout=client.TIMEOUT_S).raise_for_status()
    uploaded_at = datetime.now(UTC)
    _await_tasks(tasks_before)
    process_bill = billed_since(before)
    recording: Recording = wired(ports.Recordings).find(created["id"])
    if recording.state is not State.READY:
        raise RuntimeError(f"the recording is {recording.state}: {recording.failure}")
    return Processed(wired(ports.Recordings).find_run(recording.current_run), uploaded_at, create_bill, process_bill)


def _await_tasks(succeeded_before: int) -> None:
    """Wait until the queues have been busy and are empty; looking at the recording would be billed."""
    ends_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_at:
        counts = client.task_counts()
        if counts["succeeded"] > succeeded_before and not counts["pending"] and not counts["in_flight"]:
            return
        time.sleep(LOOK_EVERY_S)
    raise RuntimeError(f"the queues are not empty after {PATIENCE_S} s")


def _between(start: datetime | None, end: datetime | None) -> float:
    if start is None or end is None:
        raise RuntimeError("the run has not come to its end")
    return (end - start).total_seconds()
