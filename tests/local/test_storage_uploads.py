"""Uploads of every kind: large, in chunks, interrupted, malformed; what is not whole is not an object."""

import asyncio
import contextlib
import io
import itertools
import json
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from google.api_core.exceptions import BadRequest
from hypothesis import given
from hypothesis import strategies as st

from shared.local.storage.errors import InvalidRequest
from shared.local.storage.multipart import MultipartBody
from tests.local.part_process import wait_until
from tests.local.storage_server import StorageServer

pytest_plugins = ["tests.local.storage_fixtures"]

CHUNK = 256 * 1024
MIB = 1 << 20


def start_session(bucket: Any, **options: Any) -> str:
    url: str = bucket.blob("x").create_resumable_upload_session(**options)
    return url


def send(session: str, content: bytes, first: int, total: int | str) -> requests.Response:
    content_range = f"bytes {first}-{first + len(content) - 1}/{total}"
    return requests.put(session, data=content, headers={"Content-Range": content_range}, timeout=10)


def kept_bytes(session: str) -> int:
    answer = requests.put(session, headers={"Content-Range": "bytes */*"}, timeout=5)
    assert answer.status_code == 308
    return int(answer.headers.get("Range", "bytes=0--1").removeprefix("bytes=0-")) + 1


@contextlib.contextmanager
def truncated(url: str, method: str, head: str, body: bytes, announced_bytes: int) -> Iterator[None]:
    """Send the beginning of a request; the connection ends with the block, before the body does."""
    _, _, address = url.partition("http://")
    host, _, path = address.partition("/")
    name, _, port = host.partition(":")
    request = f"{method} /{path} HTTP/1.1\r\nHost: {host}\r\n{head}Content-Length: {announced_bytes}\r\n\r\n"
    with socket.create_connection((name, int(port))) as connection:
        connection.sendall(request.encode() + body)
        yield


def test_the_client_uploads_a_large_file_in_chunks(bucket: Any) -> None:
    content = bytes(range(256)) * (20 * 4096) + b"the end"
    blob = bucket.blob("big")
    blob.chunk_size = 5 * MIB

    blob.upload_from_file(io.BytesIO(content), size=len(content), content_type="video/mp4")

    assert blob.size == len(content)
    assert bucket.get_blob("big").content_type == "video/mp4"
    assert bucket.blob("big").download_as_bytes() == content


def test_a_stream_of_unknown_length_is_uploaded(bucket: Any) -> None:
    with bucket.blob("x").open("wb", chunk_size=CHUNK) as stream:
        stream.write(b"a" * CHUNK)
        stream.write(b"b" * 10)

    assert bucket.blob("x").download_as_bytes() == b"a" * CHUNK + b"b" * 10


def test_a_session_takes_chunks_and_tells_what_it_has(bucket: Any) -> None:
    content = bytes(range(256)) * 2400
    session = start_session(bucket, content_type="video/mp4", size=len(content))

    first = send(session, content[: 2 * CHUNK], 0, len(content))
    kept = kept_bytes(session)
    last = send(session, content[2 * CHUNK :], 2 * CHUNK, len(content))
    again = requests.put(session, headers={"Content-Range": "bytes */*"}, timeout=5)

    assert (first.status_code, first.headers["Range"], kept) == (308, "bytes=0-524287", 2 * CHUNK)
    assert last.status_code == 200
    assert (again.status_code, again.json()) == (200, last.json())
    assert bucket.blob("x").download_as_bytes() == content


def test_a_chunk_that_overlaps_what_is_kept_is_no_harm(bucket: Any) -> None:
    content = bytes(range(256)) * (4 * CHUNK // 256)
    session = start_session(bucket)
    send(session, content[: 2 * CHUNK], 0, "*")

    repeated = send(session, content[:CHUNK], 0, "*")
    send(session, content[CHUNK:], CHUNK, len(content))

    assert repeated.headers["Range"] == f"bytes=0-{2 * CHUNK - 1}"
    assert bucket.blob("x").download_as_bytes() == content


def test_a_chunk_after_a_gap_is_refused(bucket: Any) -> None:
    session = start_session(bucket)

    assert send(session, b"x" * CHUNK, CHUNK, "*").status_code == 503
    assert kept_bytes(session) == 0


@pytest.mark.parametrize(
    "content_range",
    ["bytes 0-9/*", "bytes 0-9/20", "bytes 9-0/10", "bytes 0-9/5", "0-9/10", "bytes 0-4/5"],
    ids=["small, open end", "small, more to come", "backwards", "past the total", "no unit", "body too long"],
)
def test_an_impossible_chunk_is_refused(bucket: Any, content_range: str) -> None:
    session = start_session(bucket)

    answer = requests.put(session, data=b"x" * 10, headers={"Content-Range": content_range}, timeout=5)

    assert answer.status_code == 400
    assert not bucket.blob("x").exists()


def test_an_upload_of_another_length_than_announced_is_refused(bucket: Any) -> None:
    session = start_session(bucket, size=5)

    assert requests.put(session, data=b"xyz", timeout=5).status_code == 400

    assert not bucket.blob("x").exists()


def test_the_checksum_of_the_last_chunk_is_verified(bucket: Any) -> None:
    session = start_session(bucket)

    answer = requests.put(session, data=b"xyz", headers={"X-Goog-Hash": "crc32c=AAAAAA=="}, timeout=5)

    assert answer.status_code == 400
    assert not bucket.blob("x").exists()


def test_a_session_can_end_without_any_bytes(bucket: Any) -> None:
    session = start_session(bucket)

    answer = requests.put(session, headers={"Content-Range": "bytes */0"}, timeout=5)

    assert answer.status_code == 200
    assert bucket.get_blob("x").size == 0


def test_a_cancelled_session_is_gone_with_its_bytes(storage_server: StorageServer, bucket: Any) -> None:
    before = storage_server.blob_names
    session = start_session(bucket)
    send(session, b"x" * CHUNK, 0, "*")
    assert len(storage_server.blob_names - before) == 1

    cancelled = requests.delete(session, timeout=5)

    assert cancelled.status_code == 499
    assert requests.put(session, data=b"x", timeout=5).status_code == 404
    assert storage_server.blob_names == before


def test_a_session_of_a_missing_bucket_is_not_started(storage_server: StorageServer) -> None:
    url = f"{storage_server.url}/upload/storage/v1/b/never-created/o?uploadType=resumable&name=x"

    assert requests.post(url, timeout=5).status_code == 404


def test_an_interrupted_session_keeps_what_came_and_goes_on(bucket: Any) -> None:
    content = bytes(range(256)) * (8 * MIB // 256)
    session = start_session(bucket)
    head = f"Content-Range: bytes 0-{len(content) - 1}/{len(content)}\r\n"
    with truncated(session, "PUT", head, content[: 6 * MIB], len(content)):
        wait_until(lambda: kept_bytes(session))
    kept = kept_bytes(session)
    assert not bucket.blob("x").exists()
    send(session, content[kept:], kept, len(content))

    assert 0 < kept <= 6 * MIB
    assert bucket.blob("x").download_as_bytes() == content


MULTIPART_HEAD = b'--B\r\n\r\n{"name": "cut"}\r\n--B\r\nContent-Type: a/b\r\n\r\n'


@pytest.mark.parametrize(
    ("kind", "sent_bytes"),
    [("media", 0), ("media", 3 * MIB), ("multipart", 3 * MIB), ("signed", 0), ("signed", 3 * MIB)],
)
def test_a_truncated_body_is_not_an_object(
    storage_server: StorageServer, bucket: Any, kind: str, sent_bytes: int
) -> None:
    before = storage_server.blob_names
    body, head, method = b"x" * sent_bytes, "Content-Type: a/b\r\n", "POST"
    url = f"{storage_server.url}/upload/storage/v1/b/{bucket.name}/o?uploadType={kind}&name=cut"
    if kind == "multipart":
        body, head = MULTIPART_HEAD + body, "Content-Type: multipart/related; boundary=B\r\n"
    if kind == "signed":
        url, method = storage_server.sign(bucket.name, "cut", "PUT"), "PUT"

    with truncated(url, method, head, body, announced_bytes=len(body) + 10):
        wait_until(lambda: storage_server.blob_names > before)

    wait_until(lambda: storage_server.blob_names == before)
    assert list(bucket.list_blobs()) == []


def test_a_multipart_body_without_its_end_is_refused(storage_server: StorageServer, bucket: Any) -> None:
    url = f"{storage_server.url}/upload/storage/v1/b/{bucket.name}/o?uploadType=multipart"
    headers = {"Content-Type": "multipart/related; boundary=B"}

    cut = requests.post(url, data=MULTIPART_HEAD + b"x" * 100, headers=headers, timeout=5)
    assert cut.status_code == 400
    assert list(bucket.list_blobs()) == []
    whole = requests.post(url, data=MULTIPART_HEAD + b"x" * 100 + b"\r\n--B--", headers=headers, timeout=5)

    assert whole.status_code == 200
    assert bucket.blob("cut").download_as_bytes() == b"x" * 100


@given(media=st.binary(max_size=200) | st.just(b"\r\n--B\r\n--B\r\n-"), cuts=st.lists(st.integers(0, 300)))
def test_a_multipart_body_means_the_same_however_it_arrives(media: bytes, cuts: list[int]) -> None:
    resource = {"name": "x", "metadata": {"k": "v"}}
    head = b"--B\r\nContent-Type: application/json\r\n\r\n%b\r\n--B\r\ncontent-type: a/b\r\n\r\n"
    content = head % json.dumps(resource).encode() + media + b"\r\n--B--"
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]

    async def arrive() -> AsyncIterator[bytes]:
        for start, end in itertools.pairwise(edges):
            yield content[start:end]

    async def read() -> tuple[object, str | None, bytes]:
        body = MultipartBody('multipart/related; boundary="B"', arrive())
        found = await body.read_resource()
        return found, body.media_type, b"".join([block async for block in body.media_blocks()])

    assert asyncio.run(read()) == (resource, "a/b", media)


@pytest.mark.parametrize("content_type", ["multipart/related", "application/json", ""])
def test_a_multipart_body_needs_a_boundary(content_type: str) -> None:
    async def arrive() -> AsyncIterator[bytes]:
        yield b""

    with pytest.raises(InvalidRequest):
        MultipartBody(content_type, arrive())


def test_a_client_that_announces_a_wrong_checksum_is_refused(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.crc32c = "AAAAAA=="

    with pytest.raises(BadRequest):
        blob.upload_from_string("x", checksum=None)


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("large") / "file"
    with path.open("wb") as file:
        for number in range(200):
            file.write(bytes([number]) * MIB)
    yield path
    path.unlink()


@pytest.mark.parametrize("kind", ["media", "resumable"])
def test_large_objects_pass_in_constant_memory(
    storage_server: StorageServer, bucket: Any, large_file: Path, kind: str
) -> None:
    bucket.blob("warm").upload_from_string(b"x" * 4 * MIB)
    bucket.blob("warm").download_as_bytes()
    before = storage_server.rss_bytes
    url = f"{storage_server.url}/upload/storage/v1/b/{bucket.name}/o?uploadType={kind}&name=large"

    if kind == "media":
        with large_file.open("rb") as file:
            requests.post(url, data=file, timeout=60).raise_for_status()
    else:
        bucket.blob("large").upload_from_filename(large_file)
    after_upload = storage_server.rss_bytes
    with requests.get(bucket.get_blob("large").media_link, stream=True, timeout=60) as answer:
        received = sum(len(block) for block in answer.iter_content(MIB))

    assert received == 200 * MIB
    assert max(after_upload, storage_server.rss_bytes) - before < 64 * MIB
    bucket.blob("large").delete()
