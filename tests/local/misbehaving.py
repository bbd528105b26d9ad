"""A platform that goes wrong on request, and what its functions noted meanwhile."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from google.cloud import tasks_v2

from shared.local.faults.arming import armed, assert_all_happened, faults_folder
from tests.local.part_process import wait_until
from tests.local.tasks_part import seconds
from tests.local.test_supervisor_platform import Running

RETRY_SOON = tasks_v2.RetryConfig(min_backoff=seconds(0.05), max_backoff=seconds(0.05), max_attempts=-1)


class Misbehaving(Running):
    """A platform that was started with an empty plan of faults."""

    def armed(self, part: str, at: str, do: str, **options: object) -> AbstractContextManager[None]:
        """Run a block with one fault, which must happen."""
        return self.armed_all({"part": part, "at": at, "do": do, **options})

    def armed_all(self, *faults: Mapping[str, object], within_s: float = 5.0) -> AbstractContextManager[None]:
        """Run a block with these faults, which must all happen."""
        return armed(self.addresses.data_dir, faults, within_s=within_s)

    def wait_for_faults(self) -> None:
        """Return when the faults that are armed have begun."""
        assert_all_happened(faults_folder(self.addresses.data_dir))

    def new_queue(self, name: str) -> str:
        """Make a queue that repeats what failed at once, and return its name."""
        parent = self.queue.rpartition("/queues/")[0]
        queue = tasks_v2.Queue(name=f"{parent}/queues/{name}", retry_config=RETRY_SOON)
        self.tasks.create_queue(parent=parent, queue=queue)
        return str(queue.name)

    def notes(self, function: str, about: str) -> list[dict[str, Any]]:
        """Return what a fixture function noted about something, oldest first."""
        path = self.folder / "notes"
        notes = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [note for note in notes if note["function"] == function and about in str(note["what"])]

    def wait_for_notes(self, function: str, about: str, count: int = 1) -> list[dict[str, Any]]:
        """Return such notes as soon as there are `count`."""
        wait_until(lambda: len(self.notes(function, about)) >= count, timeout_s=15)
        return self.notes(function, about)

    def wait_for_restart(self, part: str, pid: int) -> None:
        """Return when the part that had this process has another one, and answers."""
        wait_until(lambda: self.platform.pid(part) != pid, timeout_s=10)
        self.platform.wait_ready(15)
