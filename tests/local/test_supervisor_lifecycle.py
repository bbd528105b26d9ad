"""A platform starts whole or not at all, and leaves nothing behind however it ends."""

import contextlib
import dataclasses
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.local.supervisor.errors import PartFailed
from shared.local.supervisor.platform import Platform
from tests.local.fixture_platform import PARTS, fixture_config
from tests.local.part_process import free_port, is_alive, process_tree, wait_until


@contextlib.contextmanager
def platform_process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """Run a platform in a process of its own; yield the process and what it said once it was ready."""
    command = [sys.executable, "-m", "tests.local.fixture_platform", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=10)


def survivors(pids: list[int]) -> list[int]:
    return [pid for pid in pids if is_alive(pid)]


def test_a_stop_leaves_no_process(tmp_path: Path) -> None:
    platform = Platform(fixture_config(tmp_path))
    platform.start()
    platform.wait_ready(30)
    pids = [pid for part in PARTS for pid in process_tree(platform.pid(part))]

    platform.stop()

    assert len(pids) > len(PARTS)
    assert survivors(pids) == []
    assert platform.wait() is None


def test_after_a_kill_of_the_supervisor_nothing_is_left_and_the_next_start_has_the_same_ports(
    tmp_path: Path,
) -> None:
    with platform_process(tmp_path) as (supervisor, first):
        pids = process_tree(supervisor.pid)
        supervisor.kill()
        supervisor.wait()

        # At once, while the parts of the killed one may still be going.
        with platform_process(tmp_path) as (_, second):
            assert survivors(pids) == []
            assert second["ports"] == first["ports"]
            assert not set(second["pids"].values()) & set(pids)


def test_all_parts_end_within_three_seconds_of_a_killed_supervisor(tmp_path: Path) -> None:
    with platform_process(tmp_path) as (supervisor, _):
        pids = process_tree(supervisor.pid)
        supervisor.kill()

        wait_until(lambda: survivors(pids) == [], timeout_s=3)


def test_a_port_that_somebody_took_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    with Platform(fixture_config(tmp_path)) as platform:
        before = dict(platform.addresses.functions)
    taken = int(before["api"].rsplit(":", 1)[1])

    with socket.create_server(("127.0.0.1", taken)), Platform(fixture_config(tmp_path)) as platform:
        after = platform.addresses.functions

        assert after["api"] != before["api"]
        assert after["media"] == before["media"]
        assert requests.get(f"{after['api']}/healthz", timeout=5).status_code == 200


def test_functions_that_cannot_be_imported_fail_the_start_and_leave_no_process(tmp_path: Path) -> None:
    broken = tmp_path / "main.py"
    broken.write_text("raise RuntimeError('cannot be imported')\n")
    before = set(process_tree(os.getpid()))

    with pytest.raises(PartFailed, match=r"api keeps dying .*: see .*api\.log"):
        Platform(dataclasses.replace(fixture_config(tmp_path), source=broken)).start()

    assert "cannot be imported" in (tmp_path / "data" / "logs" / "api.log").read_text()
    assert survivors([pid for pid in process_tree(os.getpid()) if pid not in before]) == []


def test_a_part_that_dies_again_and_again_stops_the_platform(tmp_path: Path) -> None:
    with Platform(fixture_config(tmp_path)) as platform:
        pids = [pid for part in ("api", "firestore") for pid in process_tree(platform.pid(part))]
        for _ in range(4):
            pid = platform.pid("tasks")
            platform.kill("tasks")
            wait_until(lambda pid=pid: platform.pid("tasks") != pid, timeout_s=5)  # type: ignore[misc]
        platform.kill("tasks")

        reason = platform.wait()

        assert reason is not None
        assert "tasks keeps dying" in reason
        assert "tasks.log" in reason
        assert survivors(pids) == []


def test_the_ports_of_a_stopped_platform_are_free(tmp_path: Path) -> None:
    with Platform(fixture_config(tmp_path)):
        ports = json.loads((tmp_path / "data" / "ports.json").read_text()).values()

    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()
    assert free_port() not in ports
