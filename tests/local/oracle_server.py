"""Google's own Firestore emulator, the oracle of our server: whether this machine has it, and how it is run.

It enforces no indexes, expires nothing, keeps nothing, and locks what a transaction reads.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.local.supervisor.errors import EmulatorMissing
from shared.local.supervisor.google_firestore import find_jar, find_java
from tests.local.firestore_server import Firestore
from tests.local.part_process import wait_until

_MAX_HEAP = "-Xmx256m"
_START_TIMEOUT_S = 60.0


def _look_for_oracle() -> tuple[Path | None, str]:
    """Return the emulator's jar, or None, and a line that says so."""
    try:
        find_java()
        jar = find_jar()
    except EmulatorMissing as reason:
        return None, f"firestore oracle: absent, so our server is not compared ({reason})"
    return jar, f"firestore oracle: {jar}"


ORACLE_JAR, ORACLE_REPORT = _look_for_oracle()


class GoogleFirestore(Firestore):
    """Google's emulator; it keeps its documents in memory."""

    def start(self, log: Path) -> None:
        """Start the emulator as the supervisor does and wait until it answers; `log` receives what it prints."""
        command = [sys.executable, "-m", "shared.local.supervisor.google_firestore", "--port", str(self.port)]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*command, "--jar", str(ORACLE_JAR), "--parent", str(os.getpid())],
                env={**os.environ, "_JAVA_OPTIONS": _MAX_HEAP},  # over the options on Java's command line
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until(self._is_listening, timeout_s=_START_TIMEOUT_S)
        self.client("ready").document("ready/now").get(timeout=_START_TIMEOUT_S)

    def stop(self) -> None:
        """End the emulator with everything that belongs to it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _is_listening(self) -> bool:
        assert self._process.poll() is None, f"the emulator ended with {self._process.returncode}"
        socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        return True


@contextmanager
def running_google_firestore(folder: Path) -> Iterator[GoogleFirestore]:
    """Google's emulator until the end of the block."""
    emulator = GoogleFirestore()
    try:
        emulator.start(folder / "emulator.log")
        yield emulator
    finally:
        emulator.stop()
