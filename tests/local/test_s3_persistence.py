"""A killed S3 server comes back with everything it acknowledged."""

import contextlib
import http.client
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.local.part_process import free_port, running_part, wait_until
from tests.local.test_s3_server import FIVE_MIB, connect, refusal

RESTORE_S = 1.0


@contextlib.contextmanager
def killed_at_the_end(folder: Path) -> Iterator[Any]:
    port = free_port()
    options = ("--port", str(port), "--data", str(folder), "--restore-s", str(RESTORE_S))
    with running_part("s3", *options, ready_url=f"http://127.0.0.1:{port}/") as process:
        yield connect(port)
        process.kill()
        process.wait()


def test_objects_survive_a_kill_with_their_metadata_and_storage_class(tmp_path: Path) -> None:
    large = os.urandom(4 * FIVE_MIB)
    with killed_at_the_end(tmp_path) as s3:
        s3.create_bucket(Bucket="archive")
        s3.put_object(Bucket="archive", Key="a/b ü+%", Body=b"x", Metadata={"k": "v"}, StorageClass="GLACIER")
        s3.upload_fileobj(io.BytesIO(large), "archive", "large")
        before = s3.head_object(Bucket="archive", Key="a/b ü+%")

    with killed_at_the_end(tmp_path) as s3:
        after = s3.head_object(Bucket="archive", Key="a/b ü+%")

        assert after["StorageClass"] == "GLACIER"
        for field in ("ETag", "LastModified", "Metadata", "ContentLength"):
            assert after[field] == before[field]
        assert s3.get_object(Bucket="archive", Key="large")["Body"].read() == large


def test_a_restore_that_was_asked_for_before_the_kill_completes_after_it(tmp_path: Path) -> None:
    with killed_at_the_end(tmp_path) as s3:
        s3.create_bucket(Bucket="archive")
        s3.put_object(Bucket="archive", Key="k", Body=b"x", StorageClass="DEEP_ARCHIVE")
        s3.restore_object(Bucket="archive", Key="k", RestoreRequest={"Days": 1})

    with killed_at_the_end(tmp_path) as s3:
        wait_until(lambda: 'ongoing-request="false"' in s3.head_object(Bucket="archive", Key="k")["Restore"])

        assert s3.get_object(Bucket="archive", Key="k")["Body"].read() == b"x"


def test_what_was_deleted_stays_deleted(tmp_path: Path) -> None:
    with killed_at_the_end(tmp_path) as s3:
        for bucket in ("kept", "dropped"):
            s3.create_bucket(Bucket=bucket)
        for key in ("one", "two", "three"):
            s3.put_object(Bucket="kept", Key=key, Body=b"x")
        s3.delete_object(Bucket="kept", Key="one")
        s3.delete_objects(Bucket="kept", Delete={"Objects": [{"Key": "two"}]})
        s3.delete_bucket(Bucket="dropped")

    with killed_at_the_end(tmp_path) as s3:
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["kept"]
        assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="kept")["Contents"]] == ["three"]
        assert refusal(lambda: s3.list_objects_v2(Bucket="dropped")) == ("NoSuchBucket", 404)


@pytest.mark.parametrize("path", ["/", "/..", "/../x", "//"])
def test_a_write_to_a_bucket_of_no_name_touches_no_file(tmp_path: Path, path: str) -> None:
    (tmp_path / "neighbour").write_text("stays")
    with killed_at_the_end(tmp_path) as s3:
        s3.create_bucket(Bucket="kept")
        # http.client sends the path as it is; requests would resolve the dots.
        connection = http.client.HTTPConnection(urlsplit(s3.meta.endpoint_url).netloc, timeout=5)
        connection.request("PUT", path, body=b"x")
        connection.getresponse().read()

        assert (tmp_path / "neighbour").exists()
        assert (tmp_path / "s3" / "kept" / "bucket.pickle").exists()
