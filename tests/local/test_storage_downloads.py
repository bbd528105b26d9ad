"""Downloads: ranges, and gzip as it is stored or decompressed on the way out."""

import gzip
import io
from typing import Any

import pytest
import requests
from google.api_core.exceptions import RequestRangeNotSatisfiable

from tests.local.storage_server import StorageServer

pytest_plugins = ["tests.local.storage_fixtures"]

TEXT = b"".join(b"line %d\n" % number for number in range(200_000))


@pytest.fixture
def digits(bucket: Any) -> Any:
    blob = bucket.blob("digits")
    blob.upload_from_string("0123456789")
    return blob


def put_gzip(bucket: Any, cache_control: str | None = None) -> Any:
    blob = bucket.blob("text")
    blob.content_encoding = "gzip"
    blob.cache_control = cache_control
    blob.upload_from_string(gzip.compress(TEXT), content_type="text/plain")
    return blob


def fetch(server: StorageServer, blob: Any, **headers: str) -> requests.Response:
    """GET the bytes as they are on the wire; `requests` would add an Accept-Encoding of its own."""
    url = f"{server.url}/download/storage/v1/b/{blob.bucket.name}/o/{blob.name}?alt=media"
    # None removes the header that the session would send.
    return requests.get(url, headers={"Accept-Encoding": None, **headers}, stream=True, timeout=10)


@pytest.mark.parametrize(
    ("asked", "content", "content_range"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=8-", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-30", b"0123456789", "bytes 0-9/10"),
        ("bytes=5-500", b"56789", "bytes 5-9/10"),
    ],
)
def test_a_range_is_served(
    storage_server: StorageServer, digits: Any, asked: str, content: bytes, content_range: str
) -> None:
    answer = fetch(storage_server, digits, Range=asked)

    assert (answer.status_code, answer.content) == (206, content)
    assert answer.headers["Content-Range"] == content_range


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=x"])
def test_a_range_that_is_not_understood_is_ignored(storage_server: StorageServer, digits: Any, asked: str) -> None:
    answer = fetch(storage_server, digits, Range=asked)

    assert (answer.status_code, answer.content) == (200, b"0123456789")


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=50-60", "bytes=-0"])
def test_a_range_after_the_end_is_refused(storage_server: StorageServer, digits: Any, asked: str) -> None:
    answer = fetch(storage_server, digits, Range=asked)

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */10"


def test_the_client_reads_ranges(digits: Any) -> None:
    assert digits.download_as_bytes(start=2, end=4) == b"234"
    assert digits.download_as_bytes(start=8) == b"89"
    with pytest.raises(RequestRangeNotSatisfiable):
        digits.download_as_bytes(start=50)


def test_the_client_seeks_in_an_object(bucket: Any) -> None:
    blob = bucket.blob("x")
    with blob.open("wb", chunk_size=256 * 1024) as file:
        file.write(b"x" * 700_000 + b"end")

    with blob.open("rb") as file:
        file.seek(-5, io.SEEK_END)
        assert file.read() == b"xxend"


def test_an_empty_object_is_downloaded(bucket: Any) -> None:
    bucket.blob("empty").upload_from_string(b"")

    assert bucket.blob("empty").download_as_bytes() == b""


def test_gzip_is_served_as_stored_to_those_who_accept_it(storage_server: StorageServer, bucket: Any) -> None:
    blob = put_gzip(bucket)
    stored = blob.download_as_bytes(raw_download=True)

    answer = fetch(storage_server, blob, **{"Accept-Encoding": "gzip"})
    part = fetch(storage_server, blob, **{"Accept-Encoding": "gzip", "Range": "bytes=10-19"})

    assert gzip.decompress(stored) == TEXT
    assert answer.raw.read() == stored
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Length"] == str(len(stored))
    assert (part.status_code, part.raw.read()) == (206, stored[10:20])


def test_gzip_is_decompressed_for_those_who_do_not_accept_it(storage_server: StorageServer, bucket: Any) -> None:
    blob = put_gzip(bucket)

    answer = fetch(storage_server, blob, Range="bytes=10-19")

    assert (answer.status_code, answer.raw.read()) == (200, TEXT)
    assert "Content-Encoding" not in answer.headers
    assert "Content-Length" not in answer.headers
    assert answer.headers["X-Goog-Stored-Content-Encoding"] == "gzip"


def test_no_transform_keeps_gzip_as_it_is(storage_server: StorageServer, bucket: Any) -> None:
    blob = put_gzip(bucket, cache_control="public, no-transform")

    answer = fetch(storage_server, blob)

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.raw.read()) == TEXT


def test_a_head_of_gzip_tells_the_same_as_its_get(storage_server: StorageServer, bucket: Any) -> None:
    blob = put_gzip(bucket)
    url = storage_server.sign(bucket.name, blob.name, "GET")

    stored = requests.head(url, headers={"Accept-Encoding": "gzip"}, timeout=5)
    decompressed = requests.head(url, headers={"Accept-Encoding": "identity"}, timeout=5)

    assert stored.headers["Content-Length"] == str(blob.size)
    assert stored.headers["Content-Encoding"] == "gzip"
    assert "Content-Length" not in decompressed.headers
    assert "Content-Encoding" not in decompressed.headers


def test_attributes_become_headers(storage_server: StorageServer, bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.metadata = {"title": "Grüße\r\nX-Injected: 1"}
    blob.content_disposition = 'inline; filename="ü.txt"'
    blob.content_language = "de"
    blob.upload_from_string("x", content_type="text/plain")

    answer = fetch(storage_server, blob)

    assert answer.headers["X-Goog-Meta-title"].encode("latin-1").decode() == "Grüße X-Injected: 1"
    assert answer.headers["Content-Disposition"].encode("latin-1").decode() == 'inline; filename="ü.txt"'
    assert answer.headers["Content-Language"] == "de"
    assert answer.headers["X-Goog-Hash"] == f"crc32c={blob.crc32c},md5={blob.md5_hash}"
