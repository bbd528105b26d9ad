"""Start a part of the platform as the real process that it is, and wait for what it does, with a time-out."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import psutil
import requests

T = TypeVar("T")


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(look: Callable[[], T], *, timeout_s: float = 10.0) -> T:
    """Return the first true value of `look`; an OSError (nobody listens yet) counts as false."""
    deadline = time.monotonic() + timeout_s
    while True:
        with contextlib.suppress(OSError):
            if seen := look():
                return seen
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout_s} s: {look}")
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that ended and that nobody has waited for yet does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def process_tree(pid: int) -> list[int]:
    """Return a process and everything that it started, by their ids."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def answers(url: str) -> bool:
    """Say whether the server at `url` answers a request, whatever the status."""
    requests.get(url, timeout=5)
    return True


@contextlib.contextmanager
def running_part(
    part: str,
    *options: str,
    ready_url: str,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m shared.local.<part>` until the end of the block; it must end by itself on SIGTERM.

    `environment` is added to our own; `log` receives what the process prints.
    """
    with log.open("ab") if log else contextlib.nullcontext() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", f"shared.local.{part}", *options],
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_until(lambda: process.poll() is not None or answers(ready_url))
        assert process.poll() is None, f"{part} ended with {process.returncode} instead of starting"
        yield process
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=5)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
