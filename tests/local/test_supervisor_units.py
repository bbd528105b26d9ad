"""The small decisions of the supervisor, one by one: ports, the lock, readiness, restarts."""

import contextlib
import doctest
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import grpc
import pytest

from shared.local.supervisor import restarts
from shared.local.supervisor.data_lock import DataLock
from shared.local.supervisor.errors import DataFolderInUse, EmulatorMissing
from shared.local.supervisor.google_firestore import find_jar, find_java
from shared.local.supervisor.parts import Part
from shared.local.supervisor.ports import Ports
from shared.local.supervisor.readiness import answers_grpc, answers_http
from shared.local.supervisor.supervised import SupervisedPart, Surroundings
from tests.local.part_process import free_port, is_alive, wait_until


@contextlib.contextmanager
def reserved(path: Path, *parts: str) -> Iterator[dict[str, int]]:
    ports = Ports(path)
    try:
        yield dict(ports.reserve(parts))
    finally:
        ports.release()


def test_every_part_has_a_port_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    parts = [f"part-{number}" for number in range(20)]
    with reserved(tmp_path / "ports.json", *parts) as first:
        assert len(set(first.values())) == len(parts)

    with reserved(tmp_path / "ports.json", *parts) as second:
        assert second == first


def test_a_part_that_is_away_for_one_start_gets_its_port_back(tmp_path: Path) -> None:
    with reserved(tmp_path / "ports.json", "api", "media") as first:
        pass
    with reserved(tmp_path / "ports.json", "api"):
        pass

    with reserved(tmp_path / "ports.json", "media") as third:
        assert third["media"] == first["media"]


def test_a_server_can_listen_on_a_reserved_port_again_and_again(tmp_path: Path) -> None:
    with reserved(tmp_path / "ports.json", "part") as ports:
        for _ in range(3):
            with socket.create_server(("127.0.0.1", ports["part"])) as server:
                client = socket.create_connection(server.getsockname())
                accepted, _ = server.accept()
                accepted.close()  # the server closes first: its end lingers in TIME_WAIT
                client.close()


def test_a_reserved_port_is_not_given_to_another_platform(tmp_path: Path) -> None:
    with reserved(tmp_path / "one.json", "part") as one:
        (tmp_path / "two.json").write_text(json.dumps({}))
        with reserved(tmp_path / "two.json", *(f"part-{number}" for number in range(200))) as two:
            assert one["part"] not in two.values()


def test_the_lock_is_free_again_when_its_owner_and_all_heirs_are_gone(tmp_path: Path) -> None:
    lock = DataLock(tmp_path)
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    heir = subprocess.Popen(command, pass_fds=[lock.descriptor])
    try:
        lock.release()
        with pytest.raises(DataFolderInUse, match=str(os.getpid())):
            DataLock(tmp_path)
    finally:
        heir.kill()
        heir.wait()

    DataLock(tmp_path).release()


class Ok(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_server_is_ready_when_it_answers_with_any_status() -> None:
    with HTTPServer(("127.0.0.1", 0), Ok) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()

        assert answers_http(server.server_port)


def test_a_grpc_server_is_ready_when_it_serves() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    assert answers_grpc(port)
    server.stop(None)


def test_a_port_that_nobody_answers_on_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]

        assert not answers_http(port)
        assert not answers_grpc(port)
    assert not answers_http(port)
    assert not answers_grpc(port)


def run(command: str, folder: Path, reasons: list[str]) -> SupervisedPart:
    part = Part("part", [sys.executable, "-c", command], free_port(), answers_http)
    lock = DataLock(folder)
    try:
        return SupervisedPart(part, Surroundings(os.environ, folder, lock.descriptor), reasons.append)
    finally:
        lock.release()


def test_a_part_that_ignores_sigterm_is_ended_by_force_with_its_children(tmp_path: Path) -> None:
    reasons: list[str] = []
    part = run(IGNORE_SIGTERM, tmp_path, reasons)
    child = int(wait_until(lambda: (tmp_path / "part.log").read_text()))

    part.begin_stop()
    part.finish_stop(time.monotonic() + 0.3)

    assert not is_alive(part.pid)
    assert wait_until(lambda: not is_alive(child)), "it was sent its end, and takes it when it gets a turn"
    assert reasons == []


def test_a_part_that_cannot_live_is_given_up(tmp_path: Path) -> None:
    reasons: list[str] = []
    run("print('no', flush=True); raise SystemExit(7)", tmp_path, reasons)

    wait_until(lambda: reasons, timeout_s=5)

    assert reasons == [f"part keeps dying (status 7): see {tmp_path}/part.log"]
    assert (tmp_path / "part.log").read_text() == "no\n" * 5


def test_restarts_are_as_the_docstring_says() -> None:
    examples = doctest.testmod(restarts)

    assert examples.attempted > 0
    assert examples.failed == 0


def test_googles_emulator_needs_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EmulatorMissing, match="Java"):
        find_java()


def test_googles_emulator_needs_its_jar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("FIRESTORE_EMULATOR_JAR", raising=False)
    with pytest.raises(EmulatorMissing, match="gcloud components install"):
        find_jar()

    monkeypatch.setenv("FIRESTORE_EMULATOR_JAR", str(tmp_path / "nope.jar"))
    with pytest.raises(EmulatorMissing, match=r"nope\.jar"):
        find_jar()

    (tmp_path / "emulator.jar").touch()
    monkeypatch.setenv("FIRESTORE_EMULATOR_JAR", str(tmp_path / "emulator.jar"))
    assert find_jar() == tmp_path / "emulator.jar"


def test_the_jar_is_found_through_the_cloud_sdk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    jar = tmp_path / "sdk" / "platform" / "cloud-firestore-emulator" / "emulator.jar"
    jar.parent.mkdir(parents=True)
    jar.touch()
    write_program(tmp_path / "gcloud", f"echo {tmp_path}/sdk")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("FIRESTORE_EMULATOR_JAR", raising=False)

    assert find_jar() == jar


def test_java_ends_with_the_process_that_asked_for_the_emulator(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_program(tmp_path / "java", f'echo "$$ $@" > {tmp_path}/started; exec sleep 60')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    port = free_port()
    parent = subprocess.Popen([sys.executable, "-c", START_EMULATOR, str(port)])

    words = wait_until(lambda: (tmp_path / "started").read_text()).split()
    parent.kill()
    parent.wait()

    assert words[-6:] == [
        "some.jar",
        "com.google.cloud.datastore.emulator.firestore.CloudFirestore",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    wait_until(lambda: not is_alive(int(words[0])), timeout_s=3)


IGNORE_SIGTERM = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid, flush=True)
time.sleep(60)
"""

START_EMULATOR = """
import os, subprocess, sys
module = "shared.local.supervisor.google_firestore"
subprocess.run(
    [sys.executable, "-m", module, "--port", sys.argv[1], "--jar", "some.jar", "--parent", str(os.getpid())],
    start_new_session=True,
)
"""


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
