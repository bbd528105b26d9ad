"""The functions server as a real process: real requests to the fixture functions."""

import contextlib
import json
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from tests.local.part_process import free_port, is_alive, running_part, wait_until

FIXTURE = Path(__file__).parent / "fixture_functions"


@dataclass(frozen=True)
class Server:
    port: int
    pid: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def notes(self) -> str:
        notes = self.folder / "notes"
        return notes.read_text() if notes.exists() else ""


@contextlib.contextmanager
def functions_server(folder: Path, *options: str) -> Iterator[Server]:
    port = free_port()
    environment = {
        "FIXTURE_NOTES": str(folder / "notes"),
        "FIXTURE_RELEASE": str(folder / "release"),
    }
    with running_part(
        "functions",
        *("--port", str(port), "--source", str(FIXTURE / "main.py"), *options),
        *("--manifest", str(FIXTURE / "manifest.json")),
        ready_url=f"http://127.0.0.1:{port}/healthz",
        environment=environment,
        log=folder / "log",
    ) as process:
        yield Server(port=port, pid=process.pid, folder=folder)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("functions")
    docs = folder / "docs"
    (docs / "api").mkdir(parents=True)
    (docs / "index.html").write_text("<title>index</title>")
    (docs / "app.js").write_text("1")
    (docs / "api" / "index.html").write_text("<title>api</title>")
    (folder / "secret").write_text("secret")
    with functions_server(folder, "--profile", "api", "--docs", str(docs)) as started:
        yield started


def test_an_endpoint_gets_its_path_whole(server: Server) -> None:
    seen = requests.get(f"{server.url}/demo/api/v1/things/7?a=1", timeout=5).json()

    assert seen == {
        "function": "echo",
        "method": "GET",
        "path": "/demo/api/v1/things/7",
        "script_root": "",
        "query": "a=1",
    }


def test_a_static_path_reaches_its_own_function(server: Server) -> None:
    seen = requests.get(f"{server.url}/demo/api/v1/things/static", timeout=5).json()

    assert seen["function"] == "echo_static"


@pytest.mark.parametrize(
    ("url", "path"), [("/fn/echo", "/"), ("/fn/echo/", "/"), ("/fn/echo/api/v1/things/7", "/api/v1/things/7")]
)
def test_a_function_url_hands_over_what_follows_the_name(server: Server, url: str, path: str) -> None:
    answer = requests.post(server.url + url, data=b"x", timeout=5, allow_redirects=False)

    assert answer.status_code == 200
    assert answer.json()["path"] == path
    assert answer.json()["script_root"] == "/fn/echo"


def test_head_is_answered_by_the_get_function_without_a_body(server: Server) -> None:
    answer = requests.head(f"{server.url}/demo/api/v1/things/7", timeout=5)

    assert answer.status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "DELETE"])
def test_a_method_that_is_not_served_is_refused_by_the_function_itself(server: Server, method: str) -> None:
    answer = requests.request(method, f"{server.url}/demo/api/v1/posts", timeout=5)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert answer.json() == {"refused": method}


@pytest.mark.parametrize("path", ["/", "/elsewhere", "/fn/", "/fn/unknown", "/fn/step", "/demonstration"])
def test_what_no_function_of_this_profile_serves_is_not_found(server: Server, path: str) -> None:
    answer = requests.get(server.url + path, timeout=5)

    assert answer.status_code == 404
    assert answer.json() == {"message": "not found"}


def test_a_step_is_served_by_the_profile_it_belongs_to(tmp_path: Path) -> None:
    with functions_server(tmp_path, "--profile", "media") as media:
        assert requests.post(f"{media.url}/fn/step", timeout=5).status_code == 401
        assert requests.get(f"{media.url}/fn/echo", timeout=5).status_code == 404


def test_a_trigger_gets_its_cloud_event(server: Server) -> None:
    headers = {
        "ce-id": "1",
        "ce-source": "//storage.googleapis.com/projects/_/buckets/uploads",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.storage.object.v1.finalized",
    }
    finalized = {"bucket": "uploads", "name": "a b"}

    answer = requests.post(f"{server.url}/fn/uploaded", json=finalized, headers=headers, timeout=5)

    assert answer.status_code == 200
    note = json.loads(server.notes.splitlines()[-1])
    assert note["what"] == {"type": headers["ce-type"], "bucket": "uploads", "name": "a b"}


def test_a_stream_arrives_piece_by_piece(server: Server) -> None:
    with requests.get(f"{server.url}/demo/stream", stream=True, timeout=10) as answer:
        pieces = answer.iter_lines(chunk_size=1)

        assert next(pieces) == b"first"
        (server.folder / "release").touch()
        assert next(pieces) == b"second"


def test_a_client_that_leaves_a_stream_ends_it_without_a_traceback(server: Server) -> None:
    with requests.get(f"{server.url}/demo/endless", stream=True, timeout=10) as answer:
        next(answer.iter_content(65536))

    wait_until(lambda: '"endless"' in server.notes)
    assert "Traceback" not in server.log


@pytest.mark.parametrize(
    "framing", ["Content-Length: 1000\r\n\r\nten bytes.", "Transfer-Encoding: chunked\r\n\r\na\r\nten"]
)
@pytest.mark.parametrize("path", ["/demo/bytes", "/fn/echo"])
def test_a_client_that_leaves_while_sending_logs_no_traceback(tmp_path: Path, framing: str, path: str) -> None:
    with functions_server(tmp_path, "--profile", "api", "--threads", "1") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\n{framing}".encode())

        # The only thread is free again, so the request above is over.
        assert requests.get(f"{server.url}/healthz", timeout=10).status_code == 200
        assert "Traceback" not in server.log


def test_a_large_body_is_not_held_in_memory(server: Server) -> None:
    size_bytes = 256 * 1024 * 1024
    (worker,) = psutil.Process(server.pid).children()
    before = worker.memory_info().rss

    def body() -> Iterator[bytes]:
        piece = b"x" * 1024 * 1024
        for _ in range(size_bytes // len(piece)):
            yield piece

    answer = requests.put(f"{server.url}/demo/bytes", data=body(), timeout=60)

    assert answer.json() == {"size_bytes": size_bytes}
    assert worker.memory_info().rss - before < size_bytes / 4


def test_a_function_that_crashes_answers_500_and_serves_on(server: Server) -> None:
    answer = requests.get(f"{server.url}/demo/crash", timeout=5)

    assert answer.status_code == 500
    assert "a bug of the function" in server.log
    assert requests.get(f"{server.url}/demo/api/v1/things/7", timeout=5).status_code == 200


def test_functions_are_not_told_that_they_are_another_function(server: Server) -> None:
    environment = requests.get(f"{server.url}/demo/environment", timeout=5).json()

    assert "FUNCTION_TARGET" not in environment
    assert "FUNCTION_SIGNATURE_TYPE" not in environment


@pytest.mark.parametrize(
    ("path", "content_type", "text"),
    [
        ("/docs/", "text/html; charset=utf-8", "<title>index</title>"),
        ("/docs", "text/html; charset=utf-8", "<title>index</title>"),
        ("/docs/app.js", "text/javascript; charset=utf-8", "1"),
        ("/docs/api/", "text/html; charset=utf-8", "<title>api</title>"),
    ],
)
def test_documentation_is_served_with_a_strict_content_policy(
    server: Server, path: str, content_type: str, text: str
) -> None:
    answer = requests.get(server.url + path, timeout=5)

    assert (answer.status_code, answer.text) == (200, text)
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
    )


@pytest.mark.parametrize("path", ["/docs/../secret", "/docs/%2e%2e/secret", "/docs//etc/passwd", "/docs/nope"])
def test_documentation_serves_nothing_outside_its_folder(server: Server, path: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = client.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"secret" not in answer


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    with functions_server(tmp_path, "--profile", "api") as server:
        (worker,) = psutil.Process(server.pid).children()
        worker.kill()

        answer = wait_until(lambda: requests.get(f"{server.url}/demo/api/v1/things/7", timeout=5))

        assert answer.json()["function"] == "echo"


def test_a_killed_master_takes_its_worker_along(tmp_path: Path) -> None:
    with functions_server(tmp_path, "--profile", "api") as server:
        (worker,) = psutil.Process(server.pid).children()
        psutil.Process(server.pid).send_signal(signal.SIGKILL)

        wait_until(lambda: not is_alive(worker.pid), timeout_s=1)


def test_a_function_that_cannot_be_imported_ends_the_server(tmp_path: Path) -> None:
    broken = tmp_path / "main.py"
    broken.write_text("raise RuntimeError('cannot be imported')\n")
    started = time.monotonic()

    with (
        pytest.raises(AssertionError, match="instead of starting"),
        functions_server(tmp_path, "--profile", "api", "--source", str(broken)),
    ):
        pass

    assert time.monotonic() - started < 10
    assert "cannot be imported" in (tmp_path / "log").read_text()
