"""Objects and their metadata, through the real client."""

import base64
import datetime as dt
import hashlib
from typing import Any

import pytest
import requests
from google.api_core.exceptions import BadRequest, NotFound

from tests.local.storage_server import StorageServer

pytest_plugins = ["tests.local.storage_fixtures"]


def put(bucket: Any, *names: str, content: str = "x") -> None:
    for name in names:
        bucket.blob(name).upload_from_string(content)


def test_what_was_uploaded_is_downloaded(bucket: Any) -> None:
    bucket.blob("dir/a b+ü.txt").upload_from_string("hello", content_type="text/plain")

    blob = bucket.get_blob("dir/a b+ü.txt")

    assert blob.download_as_bytes() == b"hello"
    assert (blob.size, blob.content_type, blob.metageneration) == (5, "text/plain", 1)
    assert blob.md5_hash == base64.b64encode(hashlib.md5(b"hello").digest()).decode()
    assert blob.crc32c == "mnG7TA=="
    assert blob.generation
    assert blob.etag


def test_an_upload_with_a_wrong_checksum_is_refused_and_leaves_nothing(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.md5_hash = base64.b64encode(b"0" * 16).decode()

    with pytest.raises(BadRequest):
        blob.upload_from_string("x", checksum=None)

    assert not blob.exists()


def test_a_media_upload_takes_its_name_from_the_query(storage_server: StorageServer, bucket: Any) -> None:
    url = f"{storage_server.url}/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=a%2Fb"

    answer = requests.post(url, data=b"abc", headers={"Content-Type": "text/plain"}, timeout=5)

    assert answer.json()["name"] == "a/b"
    assert bucket.get_blob("a/b").content_type == "text/plain"


@pytest.mark.parametrize("name", ["", "a%0Ab", "x" * 1025])
def test_an_impossible_name_is_refused(storage_server: StorageServer, bucket: Any, name: str) -> None:
    url = f"{storage_server.url}/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name={name}"

    assert requests.post(url, data=b"abc", timeout=5).status_code == 400


def test_metadata_is_kept_and_patched_key_by_key(bucket: Any) -> None:
    blob = bucket.blob("m")
    blob.metadata = {"keep": "1", "change": "1", "remove": "1"}
    blob.cache_control = "no-cache"
    blob.upload_from_string("x", content_type="a/b")

    blob.metadata = {"keep": "1", "change": "2", "remove": None}
    blob.patch()

    read = bucket.get_blob("m")
    assert read.metadata == {"keep": "1", "change": "2"}
    assert (read.cache_control, read.content_type, read.metageneration) == ("no-cache", "a/b", 2)


def test_a_custom_time_is_kept(bucket: Any) -> None:
    blob = bucket.blob("t")
    blob.custom_time = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    blob.upload_from_string("x")

    assert bucket.get_blob("t").custom_time == dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def test_a_storage_class_can_be_changed(bucket: Any) -> None:
    blob = bucket.blob("c")
    blob.upload_from_string("x")

    blob.update_storage_class("NEARLINE")

    assert bucket.get_blob("c").storage_class == "NEARLINE"


def test_a_missing_object_cannot_be_deleted(bucket: Any) -> None:
    with pytest.raises(NotFound):
        bucket.blob("missing").delete()


def test_a_replaced_generation_is_gone(bucket: Any) -> None:
    blob = bucket.blob("g")
    blob.upload_from_string("1")
    first = blob.generation
    blob.upload_from_string("2")

    with pytest.raises(NotFound):
        bucket.blob("g", generation=first).download_as_bytes()

    assert bucket.blob("g", generation=blob.generation).download_as_bytes() == b"2"


def test_a_composed_object_has_the_bytes_of_its_components_in_order(bucket: Any) -> None:
    parts = [bucket.blob(f"part{i}") for i in range(3)]
    for i, part in enumerate(parts):
        part.upload_from_string(str(i) * 3)
    whole = bucket.blob("whole")
    whole.content_type = "video/mp4"

    whole.compose(parts)

    read = bucket.get_blob("whole")
    assert read.download_as_bytes() == b"000111222"
    assert (read.component_count, read.content_type, read.md5_hash) == (3, "video/mp4", None)


@pytest.mark.parametrize("count", [0, 33])
def test_an_object_is_composed_of_1_to_32_components(bucket: Any, count: int) -> None:
    put(bucket, "part")

    with pytest.raises(BadRequest):
        bucket.blob("whole").compose([bucket.blob("part")] * count)

    bucket.blob("whole").compose([bucket.blob("part")] * 32)
    assert bucket.blob("whole").download_as_bytes() == b"x" * 32


def test_copies_and_rewrites_carry_bytes_and_metadata(storage_client: Any, bucket: Any) -> None:
    source = bucket.blob("source")
    source.metadata = {"k": "v"}
    source.upload_from_string("abc", content_type="a/b")
    other = storage_client.create_bucket(f"{bucket.name}-other")

    copied = bucket.copy_blob(source, other, "copied")
    token, _, _ = bucket.blob("rewritten").rewrite(source)

    assert token is None
    for blob in (copied, bucket.get_blob("rewritten")):
        assert blob.download_as_bytes() == b"abc"
        assert (blob.content_type, blob.metadata) == ("a/b", {"k": "v"})


def test_a_renamed_object_has_only_its_new_name(bucket: Any) -> None:
    put(bucket, "old", content="abc")

    bucket.rename_blob(bucket.blob("old"), "new")

    assert not bucket.blob("old").exists()
    assert bucket.blob("new").download_as_bytes() == b"abc"


def test_a_batch_deletes_many_objects(storage_client: Any, bucket: Any) -> None:
    put(bucket, "a", "b/ü", "c")

    with storage_client.batch():
        for name in ("a", "b/ü"):
            bucket.blob(name).delete()

    assert [blob.name for blob in bucket.list_blobs()] == ["c"]


def test_one_refused_call_of_a_batch_does_not_stop_the_others(storage_client: Any, bucket: Any) -> None:
    put(bucket, "a", "b")

    batch = storage_client.batch(raise_exception=False)
    with batch:
        for name in ("a", "missing", "b"):
            bucket.blob(name).delete()

    assert [answer.status_code for answer in batch._responses] == [204, 404, 204]

    assert list(bucket.list_blobs()) == []
