"""The inspector's end of a worker process: ask it, wait no longer than agreed, and never leave it behind."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import shared
from shared.adapters.browser.jobs import Answer, Job, Start, Started, decode, encode
from shared.adapters.browser.process_tree import kill_tree, private_bytes

PIECE_BYTES = 64 * 1024
#: How often a page is looked at while it loads.
WATCH_S = 0.25

#: Says why to wait no longer, or None.
Watch = Callable[[], str | None]


class WorkerEnded(Exception):
    """The worker is gone."""


class Abandoned(Exception):
    """The worker was not waited for any longer, and this is why; it is of no more use."""


class WorkerProcess:
    """A worker with a browser, from `start` to `kill`.

    Its files are in a folder of its own, which goes with it, and of our environment it gets nothing: what is not
    there cannot be read by a page that breaks out.
    """

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="playhead-browser-", ignore_cleanup_errors=True)
        self._received = b""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "shared.adapters.browser.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(self._folder.name),
            cwd=self._folder.name,
            start_new_session=True,
        )

    def start(self, start: Start, *, timeout_s: float) -> Started:
        """Start the browser.

        Raises:
            WorkerEnded: the worker did not live to tell.
            TimeoutError: it did not tell in time.
        """
        return decode(Started, self._ask(encode(start), timeout_s, lambda: None))

    def visit(self, job: Job, *, timeout_s: float, watch: Watch) -> Answer:
        """Load a page.

        Raises:
            WorkerEnded: the worker ended, and the browser with it.
            TimeoutError: there is no answer in time; the worker is of no more use.
            Abandoned: `watch` had a reason.
        """
        return decode(Answer, self._ask(encode(job), timeout_s, watch))

    def private_bytes(self) -> int:
        """How much memory worker, driver and browser take."""
        return private_bytes(self._process.pid)

    def kill(self) -> None:
        """End the worker, its driver and its browser at once, and remove their files."""
        kill_tree(self._process.pid)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with suppress(OSError):  # what was not written when it died
                    stream.close()
        self._folder.cleanup()

    def _ask(self, line: bytes, timeout_s: float, watch: Watch) -> bytes:
        deadline = monotonic() + timeout_s
        if self._process.stdin is None or self._process.stdout is None:
            raise WorkerEnded
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerEnded from error
        return self._read_line(self._process.stdout.fileno(), deadline, watch)

    def _read_line(self, output: int, deadline: float, watch: Watch) -> bytes:
        while b"\n" not in self._received:
            remaining_s = deadline - monotonic()
            if remaining_s <= 0:
                raise TimeoutError("the worker did not answer in time")
            readable, _, _ = select.select([output], [], [], min(remaining_s, WATCH_S))
            if readable:
                self._received += self._read_piece(output)
            elif reason := watch():
                raise Abandoned(reason)
        line, _, self._received = self._received.partition(b"\n")
        return line

    @staticmethod
    def _read_piece(output: int) -> bytes:
        piece = os.read(output, PIECE_BYTES)
        if not piece:
            raise WorkerEnded
        return piece


def _environment(folder: str) -> dict[str, str]:
    return {
        "HOME": folder,
        "LANG": "C.UTF-8",
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(Path(shared.__file__).resolve().parents[1]),
        "TMPDIR": folder,
    }
