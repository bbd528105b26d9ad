"""How soon the platform is there."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from tests.integration.platform import RunningPlatform, clean_environment, start_platform

READY_WITHIN_S = 3.0
MOST_STARTS = 8


@dataclass(frozen=True)
class Start:
    """One start: how long it took, and how many of the machine's processors others kept busy meanwhile."""

    took_s: float
    processors: int
    taken: float

    @property
    def counted_s(self) -> float:
        """How long it took, where less than one processor was left to it: by what was left."""
        return self.took_s * max(min(self.processors - self.taken, 1), 0)

    def __str__(self) -> str:
        shares = f"others took {self.taken:.2f} of {self.processors} processors"
        return f"{self.took_s:.2f} s ({shares}: it counts as {self.counted_s:.2f} s)"


@pytest.fixture
def stopped(tmp_path: Path) -> RunningPlatform:
    """A platform that has run on its data before, and does not now."""
    platform = start_platform(tmp_path)
    platform.stop()
    return platform


@contextmanager
def starting(data: Path) -> Iterator[psutil.Process]:
    """`playhead up`, from its very beginning."""
    command = [sys.executable, "-m", "shared.cli", "up", "--data", str(data)]
    with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.DEVNULL) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(20)


def machine_busy_s() -> float:
    """The time that all processors together have been busy since the machine started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def family_busy_s(leader: psutil.Process) -> float:
    """The time that a process and all that it has started have used."""
    family = [leader, *leader.children(recursive=True)]
    used = [member.cpu_times() for member in family if member.is_running()]
    return float(sum(one.user + one.system + one.children_user + one.children_system for one in used))


def measure_start(platform: RunningPlatform) -> Start:
    began_s, busy_before_s = time.monotonic(), machine_busy_s()
    with starting(platform.data) as leader:
        while not answers(platform):
            assert leader.status() != psutil.STATUS_ZOMBIE, "the platform has ended"
            assert time.monotonic() < began_s + 60, "the API does not answer"
            time.sleep(0.02)
        took_s = time.monotonic() - began_s
        others_s = machine_busy_s() - busy_before_s - family_busy_s(leader)
        return Start(took_s, psutil.cpu_count() or 1, others_s / took_s)


def answers(platform: RunningPlatform) -> bool:
    try:
        answer = platform.client().call("GET", "/api/v1/recordings")
    except requests.ConnectionError:
        return False
    return answer.status_code == 200


def test_the_api_answers_within_three_seconds_of_a_start(stopped: RunningPlatform) -> None:
    """From `playhead up` to the first 200, in an environment that exists: the packages, and a folder of data.

    The best of up to eight starts counts, since machines are noisy: what is to be found is that the start has become
    slow, not that something else ran beside it. A start is mostly one thing after another: as long as a processor is
    left to it, the limit is three seconds on the clock; on a machine that has less to give, of what it gave.
    """
    starts: list[Start] = []

    while len(starts) < MOST_STARTS and not any(start.counted_s < READY_WITHIN_S for start in starts):
        starts.append(measure_start(stopped))

    assert min(start.counted_s for start in starts) < READY_WITHIN_S, "; ".join(map(str, starts))
