"""Signed URLs (V4): the real client signs, a plain HTTP client uses them, and nothing else gets in."""

from typing import Any

import pytest
import requests

from tests.local.part_process import wait_until
from tests.local.storage_server import StorageServer

pytest_plugins = ["tests.local.storage_fixtures"]


@pytest.fixture
def stored(bucket: Any) -> Any:
    blob = bucket.blob("dir/a b+ü~.txt")
    blob.upload_from_string("0123456789", content_type="text/plain")
    return blob


def get_url(server: StorageServer, blob: Any, **options: Any) -> str:
    return server.sign(blob.bucket.name, blob.name, "GET", **options)


def put_url(server: StorageServer, bucket: Any, name: str = "put", **options: Any) -> str:
    return server.sign(bucket.name, name, "PUT", **options)


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.text.partition("<Code>")[2].partition("</Code>")[0]


def test_a_url_signed_for_get_reads_the_object(storage_server: StorageServer, stored: Any) -> None:
    url = get_url(storage_server, stored)

    read = requests.get(url, timeout=5)
    head = requests.head(url, timeout=5)

    assert (read.status_code, read.content) == (200, b"0123456789")
    assert read.headers["Content-Type"] == "text/plain"
    assert (head.status_code, head.headers["Content-Length"]) == (200, "10")


def test_a_url_can_rename_and_retype_what_it_serves(storage_server: StorageServer, stored: Any) -> None:
    disposition = 'attachment; filename="x y.mp4"'
    url = get_url(storage_server, stored, response_disposition=disposition, response_type="video/mp4")

    read = requests.get(url, headers={"Range": "bytes=1-2"}, timeout=5)

    assert (read.status_code, read.content) == (206, b"12")
    assert read.headers["Content-Disposition"] == disposition
    assert read.headers["Content-Type"] == "video/mp4"


def test_a_url_can_pin_a_generation(storage_server: StorageServer, stored: Any) -> None:
    url = get_url(storage_server, stored, generation=stored.generation)
    assert requests.get(url, timeout=5).status_code == 200

    stored.upload_from_string("replaced")

    assert refusal(requests.get(url, timeout=5)) == (404, "NoSuchKey")


def test_a_url_signed_for_put_stores_an_object(storage_server: StorageServer, bucket: Any) -> None:
    url = put_url(storage_server, bucket, "dir/new.mp4", content_type="video/mp4")

    answer = requests.put(url, data=b"abc", headers={"Content-Type": "video/mp4"}, timeout=5)

    blob = bucket.get_blob("dir/new.mp4")
    assert answer.status_code == 200
    assert answer.headers["X-Goog-Generation"] == str(blob.generation)
    assert (blob.download_as_bytes(), blob.content_type) == (b"abc", "video/mp4")


def test_a_url_that_signs_the_host_only_takes_any_content_type(storage_server: StorageServer, bucket: Any) -> None:
    url = put_url(storage_server, bucket)

    assert requests.put(url, data=b"abc", headers={"Content-Type": "video/webm"}, timeout=5).ok

    assert bucket.get_blob("put").content_type == "video/webm"


def test_signed_metadata_is_kept(storage_server: StorageServer, bucket: Any) -> None:
    headers = {"x-goog-meta-tenant": "t1"}
    url = put_url(storage_server, bucket, headers=dict(headers))

    requests.put(url, data=b"abc", headers=headers, timeout=5)

    assert bucket.get_blob("put").metadata == {"tenant": "t1"}


def test_a_url_signed_for_delete_deletes(storage_server: StorageServer, stored: Any) -> None:
    url = storage_server.sign(stored.bucket.name, stored.name, "DELETE")

    assert requests.delete(url, timeout=5).status_code == 204

    assert not stored.exists()


def test_a_signed_generation_0_creates_once(storage_server: StorageServer, bucket: Any) -> None:
    headers = {"x-goog-if-generation-match": "0"}
    url = put_url(storage_server, bucket, headers=dict(headers))

    first = requests.put(url, data=b"1", headers=headers, timeout=5)
    second = requests.put(url, data=b"2", headers=headers, timeout=5)

    assert first.status_code == 200
    assert refusal(second) == (412, "PreconditionFailed")
    assert bucket.blob("put").download_as_bytes() == b"1"


def test_a_wrong_content_md5_is_refused(storage_server: StorageServer, bucket: Any) -> None:
    headers = {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}

    answer = requests.put(put_url(storage_server, bucket), data=b"1", headers=headers, timeout=5)

    assert refusal(answer) == (400, "BadDigest")
    assert not bucket.blob("put").exists()


def test_an_expired_url_is_refused(storage_server: StorageServer, stored: Any) -> None:
    url = get_url(storage_server, stored, expiration=1)
    assert requests.get(url, timeout=5).ok

    wait_until(lambda: not requests.get(url, timeout=5).ok, timeout_s=5)

    assert refusal(requests.get(url, timeout=5)) == (400, "ExpiredToken")


@pytest.mark.parametrize(
    ("original", "tampered"),
    [
        ("X-Goog-Signature=", "X-Goog-Signature=00"),
        ("X-Goog-Signature=", "X-Goog-Signature=zz"),
        ("X-Goog-Expires=300", "X-Goog-Expires=301"),
        ("/dir/", "/dir2/"),
        ("X-Goog-Algorithm", "response-content-type=text%2Fhtml&X-Goog-Algorithm"),
        ("functions%40", "others%40"),
    ],
)
def test_a_tampered_url_is_refused(storage_server: StorageServer, stored: Any, original: str, tampered: str) -> None:
    url = get_url(storage_server, stored)
    assert original in url

    answer = requests.get(url.replace(original, tampered), timeout=5)

    assert refusal(answer) == (403, "SignatureDoesNotMatch")


def test_a_url_of_another_key_is_refused(storage_server: StorageServer, stored: Any, own_server: StorageServer) -> None:
    own_server.url = storage_server.url

    answer = requests.get(get_url(own_server, stored), timeout=5)

    assert refusal(answer) == (403, "SignatureDoesNotMatch")


def test_a_url_for_get_does_not_serve_put(storage_server: StorageServer, stored: Any) -> None:
    answer = requests.put(get_url(storage_server, stored), data=b"x", timeout=5)

    assert refusal(answer) == (403, "SignatureDoesNotMatch")


def test_a_url_valid_for_more_than_a_week_is_refused(storage_server: StorageServer, stored: Any) -> None:
    url = get_url(storage_server, stored).replace("X-Goog-Expires=300", "X-Goog-Expires=604801")

    assert refusal(requests.get(url, timeout=5)) == (400, "InvalidArgument")


def test_another_content_type_than_the_signed_one_is_refused(storage_server: StorageServer, bucket: Any) -> None:
    url = put_url(storage_server, bucket, content_type="video/mp4")

    wrong = requests.put(url, data=b"x", headers={"Content-Type": "video/webm"}, timeout=5)
    missing = requests.put(url, data=b"x", timeout=5)

    assert refusal(wrong) == (403, "SignatureDoesNotMatch")
    assert refusal(missing) == (400, "MalformedSecurityHeader")
    assert not bucket.blob("put").exists()


def test_an_unsigned_extension_header_is_refused(storage_server: StorageServer, bucket: Any) -> None:
    answer = requests.put(
        put_url(storage_server, bucket), data=b"x", headers={"x-goog-if-generation-match": "0"}, timeout=5
    )

    assert refusal(answer) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [(1, (400, "EntityTooSmall")), (2, (200, "")), (4, (200, "")), (5, (400, "EntityTooLarge"))],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_signed_length_range_is_enforced(
    storage_server: StorageServer, bucket: Any, size_bytes: int, expected: tuple[int, str], chunked: bool
) -> None:
    headers = {"x-goog-content-length-range": "2,4"}
    url = put_url(storage_server, bucket, headers=dict(headers))
    content = b"x" * size_bytes

    answer = requests.put(url, data=iter([content]) if chunked else content, headers=headers, timeout=5)

    assert refusal(answer) == expected
    assert bucket.blob("put").exists() == (expected[0] == 200)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST"])
def test_an_unsigned_request_is_refused(storage_server: StorageServer, stored: Any, method: str) -> None:
    url = get_url(storage_server, stored).partition("?")[0]

    answer = requests.request(method, url, data=b"x", headers={"Authorization": "Bearer t"}, timeout=5)

    assert answer.status_code == 403
    assert method == "HEAD" or refusal(answer) == (403, "AccessDenied")
    assert stored.download_as_bytes() == b"0123456789"


def test_a_signed_url_starts_a_resumable_upload(storage_server: StorageServer, bucket: Any) -> None:
    url = storage_server.sign(bucket.name, "dir/é", "RESUMABLE", content_type="video/mp4")
    started = requests.post(url, headers={"x-goog-resumable": "start", "Content-Type": "video/mp4"}, timeout=5)
    session = started.headers["Location"]

    status = requests.put(session, headers={"Content-Range": "bytes */3"}, timeout=5)
    finished = requests.put(session, data=b"xyz", timeout=5)

    blob = bucket.get_blob("dir/é")
    assert (started.status_code, status.status_code, finished.status_code) == (201, 308, 200)
    assert finished.headers["X-Goog-Generation"] == str(blob.generation)
    assert (blob.download_as_bytes(), blob.content_type) == (b"xyz", "video/mp4")


def test_a_browser_may_use_signed_urls_from_any_origin(storage_server: StorageServer, bucket: Any) -> None:
    url = put_url(storage_server, bucket)
    asked = {
        "Origin": "http://shop.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,x-goog-meta-a",
    }

    preflight = requests.options(url, headers=asked, timeout=5)
    answer = requests.put(url, data=b"x", headers={"Origin": "http://shop.example"}, timeout=5)

    assert preflight.ok
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "PUT" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"] == "content-type,x-goog-meta-a"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == "*"
