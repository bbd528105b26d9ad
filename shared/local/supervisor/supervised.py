"""One part as a process group that is started, watched, started again and stopped."""

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.local.supervisor.parts import Part
from shared.local.supervisor.restarts import Restarts

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Surroundings:
    """What every part of a platform is started with."""

    environment: Mapping[str, str]
    logs: Path
    lock_descriptor: int


class SupervisedPart:
    """Keep one part running until it is stopped, or until it has died too often."""

    def __init__(self, part: Part, surroundings: Surroundings, give_up: Callable[[str], None]) -> None:
        """Start the part; `give_up` is called once, from another thread, with the reason."""
        self.part = part
        self.log_path = surroundings.logs / f"{part.name}.log"
        self._surroundings = surroundings
        self._give_up = give_up
        self._restarts = Restarts()
        self._stopping = threading.Event()
        # Guards the process against a signal to a group that is gone, and against a start after the stop.
        self._lock = threading.Lock()
        self._process = self._spawn()
        self._watcher = threading.Thread(target=self._keep_running, name=f"watch-{part.name}", daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        """The process that leads the group of the part."""
        return self._process.pid

    def kill(self) -> None:
        """End the whole process group as a crash would; the part is started again."""
        with self._lock:
            self._signal(signal.SIGKILL)

    def begin_stop(self) -> None:
        """Ask the part to end, and return at once."""
        with self._lock:
            self._stopping.set()
            self._signal(signal.SIGTERM)

    def finish_stop(self, deadline_s: float) -> None:
        """Wait for the end until `deadline_s` (monotonic clock), then end the group by force."""
        self._watcher.join(max(0.0, deadline_s - time.monotonic()))
        if self._watcher.is_alive():
            self.kill()
            self._watcher.join()

    def _keep_running(self) -> None:
        while True:
            status = self._bury()
            if self._stopping.is_set():
                return
            delay_s = self._restarts.delay_s(time.monotonic())
            if delay_s is None:
                self._give_up(f"{self.part.name} keeps dying (status {status}): see {self.log_path}")
                return
            _log.warning("%s died (status %s) and is started again", self.part.name, status)
            self._stopping.wait(delay_s)
            with self._lock:
                if self._stopping.is_set():
                    return
                self._process = self._spawn()

    def _bury(self) -> int:
        """Wait for the end of the leader and end what is left of its group; return its exit status."""
        # Until the leader is reaped nobody else can get its process id, so the group is surely the one meant.
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            self._signal(signal.SIGKILL)
            return self._process.wait()

    def _signal(self, number: int) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log_path.open("ab") as log:
            return subprocess.Popen(
                self.part.command,
                env=self._surroundings.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[self._surroundings.lock_descriptor],
            )
