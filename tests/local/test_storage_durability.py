"""What was acknowledged survives `kill -9`; what was not leaves no trace."""

import contextlib
import signal
import socket
import threading
from typing import Any

import requests

from tests.local.part_process import wait_until
from tests.local.storage_server import StorageServer

pytest_plugins = ["tests.local.storage_fixtures"]

BUCKETS = ({"name": "uploads"},)
CHUNK = 256 * 1024
MIB = 1 << 20


def begin_upload(server: StorageServer, name: str) -> socket.socket:
    """Send the first megabytes of an upload that never ends."""
    connection = socket.create_connection(("127.0.0.1", server.port))
    head = f"POST /upload/storage/v1/b/uploads/o?uploadType=media&name={name} HTTP/1.1\r\nHost: x\r\n"
    connection.sendall(head.encode() + b"Content-Length: 9000000\r\n\r\n" + b"x" * 3 * MIB)
    return connection


def test_a_kill_during_uploads_loses_nothing_acknowledged_and_leaves_no_file(own_server: StorageServer) -> None:
    own_server.start(buckets=BUCKETS)
    acknowledged: dict[str, int] = {}
    enough = threading.Event()

    def upload(writer: int) -> None:
        bucket = own_server.client().bucket("uploads")
        # Ends when the server is killed.
        with contextlib.suppress(requests.ConnectionError):
            for number in range(10_000):
                blob = bucket.blob(f"{writer}/{number % 20}")
                blob.upload_from_string(f"{writer} {number}" * 1000, retry=None)
                acknowledged[blob.name] = blob.generation
                if number == 30:
                    enough.set()

    writers = [threading.Thread(target=upload, args=(writer,)) for writer in range(3)]
    for thread in writers:
        thread.start()
    unfinished = [begin_upload(own_server, f"unfinished{number}") for number in range(2)]
    assert enough.wait(20)
    own_server.kill()
    for thread in writers:
        thread.join(10)
    orphans = own_server.blob_names

    own_server.start(buckets=BUCKETS)

    blobs = {blob.name: blob for blob in own_server.client().bucket("uploads").list_blobs()}
    for name, generation in acknowledged.items():
        # A later upload may have been committed, and its answer lost.
        assert blobs[name].generation >= generation
    for blob in blobs.values():
        assert len(blob.download_as_bytes()) == blob.size
    assert not any(name.startswith("unfinished") for name in blobs)
    assert len(own_server.blob_names) == len(blobs) < len(orphans)
    for connection in unfinished:
        connection.close()


def test_a_resumable_session_survives_a_kill(own_server: StorageServer) -> None:
    own_server.start(buckets=BUCKETS)
    content = bytes(range(256)) * (3 * CHUNK // 256)
    blob = own_server.client().bucket("uploads").blob("x")
    session = blob.create_resumable_upload_session(content_type="video/mp4", if_generation_match=0)
    first = {"Content-Range": f"bytes 0-{2 * CHUNK - 1}/{len(content)}"}
    assert requests.put(session, data=content[: 2 * CHUNK], headers=first, timeout=5).status_code == 308

    own_server.kill()
    own_server.start(buckets=BUCKETS)

    status = requests.put(session, headers={"Content-Range": "bytes */*"}, timeout=5)
    assert (status.status_code, status.headers["Range"]) == (308, f"bytes=0-{2 * CHUNK - 1}")
    last = {"Content-Range": f"bytes {2 * CHUNK}-{len(content) - 1}/{len(content)}"}
    assert requests.put(session, data=content[2 * CHUNK :], headers=last, timeout=5).status_code == 200
    blob.reload()
    assert (blob.content_type, blob.download_as_bytes()) == ("video/mp4", content)


def test_a_finished_session_still_answers_after_a_restart(own_server: StorageServer) -> None:
    own_server.start(buckets=BUCKETS)
    session = own_server.client().bucket("uploads").blob("x").create_resumable_upload_session()
    finished = requests.put(session, data=b"abc", timeout=5)

    own_server.kill()
    own_server.start(buckets=BUCKETS)

    again = requests.put(session, headers={"Content-Range": "bytes */*"}, timeout=5)
    assert (again.status_code, again.json()) == (200, finished.json())


def test_generations_grow_across_restarts(own_server: StorageServer) -> None:
    generations: list[int] = []
    for _ in range(3):
        own_server.start(buckets=BUCKETS)
        blob = own_server.client().bucket("uploads").blob("x")
        blob.upload_from_string("x")
        generations.append(blob.generation)
        own_server.kill()

    assert generations == sorted(set(generations))


def test_a_replaced_object_leaves_no_file(storage_server: StorageServer, bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string("1")
    before = storage_server.blob_names

    blob.upload_from_string("2")
    bucket.copy_blob(blob, bucket, "y")
    bucket.blob("y").delete()

    assert len(storage_server.blob_names) == len(before)


def test_a_download_that_began_before_a_replacement_ends_with_the_old_bytes(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string(b"1" * 30 * MIB)
    with requests.get(blob.media_link, stream=True, timeout=10) as answer:
        blocks = answer.iter_content(MIB)
        received = len(next(blocks))

        bucket.blob("x").upload_from_string(b"2")
        for block in blocks:
            assert block == b"1" * len(block)
            received += len(block)

    assert received == 30 * MIB


def test_a_server_ends_by_itself_on_sigterm(own_server: StorageServer) -> None:
    own_server.start(buckets=BUCKETS)
    # An idle connection and an unfinished upload must not hold it up.
    own_server.client().bucket("uploads").blob("x").upload_from_string("x")
    with begin_upload(own_server, "unfinished"):
        wait_until(lambda: len(own_server.blob_names) == 2)

        assert own_server.stop() in (0, -signal.SIGTERM)
