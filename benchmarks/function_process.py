"""One function in a functions-framework process of its own, as a container serves it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
FUNCTIONS = ROOT / "functions" / "main.py"
FLOORS = ROOT / "benchmarks" / "floors.py"
START_S = 60
TIMEOUT_S = 120


class FunctionProcess:
    """A running function, and what it costs the machine."""

    def __init__(self, port: int, server: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._server = server
        self._await_answer()
        self.worker = psutil.Process(server.pid).children()[0]

    def connect(self) -> HTTPConnection:
        """A connection to it."""
        return HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)

    def cpu_s(self, work: Callable[[], object]) -> float:
        """The CPU time that the function takes while `work` is done, in user and in kernel mode."""
        before = self.worker.cpu_times()
        work()
        after = self.worker.cpu_times()
        return (after.user + after.system) - (before.user + before.system)

    def peak_growth_bytes(self, work: Callable[[], object]) -> int:
        """By how much the function's resident memory grows at most while `work` is done."""
        process = Path("/proc", str(self.worker.pid))
        (process / "clear_refs").write_text("5")  # forget the highest resident size so far
        before = _peak_bytes(process)
        work()
        return _peak_bytes(process) - before

    def _await_answer(self) -> None:
        """The port listens before the function is loaded: only an answer says that it is."""
        ends_at = time.monotonic() + START_S
        while not self._answers():
            if time.monotonic() > ends_at or self._server.poll() is not None:
                raise RuntimeError("the function did not start: see its log")
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = self.connect()
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            return False
        finally:
            connection.close()
        return True


@contextmanager
def served(target: str, source: Path = FUNCTIONS) -> Iterator[FunctionProcess]:
    """Serve one function of a source file until the end of the block, with this process's environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "functions_framework", "--source", str(source), "--target", target]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    log = Path(os.environ["PLAYHEAD_DATA"], "logs", f"benchmark-{target}.log")
    with log.open("ab") as output:
        server = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    try:
        yield FunctionProcess(port, server)
    finally:
        server.terminate()
        server.wait(TIMEOUT_S)


def _peak_bytes(process: Path) -> int:
    lines = (process / "status").read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024
