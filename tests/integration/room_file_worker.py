"""Move one file of a room in a process of its own, and stand still after some parts, to be killed there.

python -m tests.integration.room_file_worker import_recording|archive_file RECORDING RUN PARTS
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from shared.ports.downloads import Downloads
from shared.ports.files import ColdFiles, HotFiles
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.files import StoredFile
from shared.recordings.recording import Recording
from shared.rooms.files.archiving import archive_file
from shared.rooms.files.importing import import_recording
from shared.wiring import wired


class Listener:
    """A progress that counts the parts, and calls `on_part` with how many there are."""

    def __init__(self, on_part: Callable[[int], None] = lambda _: None) -> None:
        self.parts = 0
        self._on_part = on_part

    def check(self) -> None:
        return

    def report(self, detail: str) -> None:
        assert detail.endswith(" %")
        self.parts += 1
        self._on_part(self.parts)


def move(work: str, recording: Recording, run_id: str, progress: Listener) -> StoredFile:
    """One attempt, with the product's own adapters."""
    hot, rooms = wired(HotFiles), wired(Rooms)
    if work == "import_recording":
        ports: Mapping[str, Any] = {"meetings": wired(Meetings), "downloads": wired(Downloads)}
        return import_recording(recording, run_id=run_id, progress=progress, files=hot, rooms=rooms, **ports)
    return archive_file(recording, run_id=run_id, progress=progress, hot=hot, cold=wired(ColdFiles), recordings=rooms)


def die_after(parts: int, work: str, recording_id: str, run_id: str) -> None:
    """Let a worker store so many parts, and kill it."""
    command = [sys.executable, "-m", "tests.integration.room_file_worker", work, recording_id, run_id, str(parts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        try:
            assert worker.stdout.readline() == f"{parts} parts\n"
        finally:
            worker.kill()


def main() -> None:
    work, recording_id, run_id, most = sys.argv[1:]

    def stand_still(parts: int) -> None:
        if parts == int(most):
            print(parts, "parts", flush=True)
            threading.Event().wait(60)

    recording = wired(Rooms).find(recording_id)
    assert recording is not None
    move(work, recording, run_id, Listener(stand_still))


if __name__ == "__main__":
    main()
