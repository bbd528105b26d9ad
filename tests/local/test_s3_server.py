"""S3 as our clients meet it: boto3 through localstack_client, against the server in its own process."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError
from localstack_client.session import Session

from tests.local.part_process import free_port, running_part, wait_until

RESTORE_S = 1.5
FIVE_MIB = 5 * 1024 * 1024


def connect(port: int) -> Any:
    return Session(localstack_host=f"127.0.0.1:{port}").client("s3", config=Config(retries={"max_attempts": 1}))


def refusal(call: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        call()
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    port = free_port()
    with running_part("s3", "--port", str(port), "--restore-s", str(RESTORE_S), ready_url=f"http://127.0.0.1:{port}/"):
        yield connect(port)


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:32]
    s3.create_bucket(Bucket=name)
    return name


def test_an_object_comes_back_with_its_metadata_and_by_range(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a/b ü", Body=b"hello", Metadata={"k": "v"}, ContentType="video/mp4")

    whole = s3.get_object(Bucket=bucket, Key="a/b ü")
    part = s3.get_object(Bucket=bucket, Key="a/b ü", Range="bytes=1-2")

    assert whole["Body"].read() == b"hello"
    assert whole["Metadata"] == {"k": "v"}
    assert whole["ContentType"] == "video/mp4"
    assert part["Body"].read() == b"el"


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_an_archived_object_says_so_and_cannot_be_read_or_copied(s3: Any, bucket: str, storage_class: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass=storage_class)

    head = s3.head_object(Bucket=bucket, Key="k")
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]

    assert head["StorageClass"] == storage_class
    assert "Restore" not in head
    assert [entry["StorageClass"] for entry in listed] == [storage_class]
    assert refusal(lambda: s3.get_object(Bucket=bucket, Key="k")) == ("InvalidObjectState", 403)
    copy_source = {"Bucket": bucket, "Key": "k"}
    copied = refusal(lambda: s3.copy_object(Bucket=bucket, Key="copy", CopySource=copy_source))
    assert copied[0] in {"InvalidObjectState", "ObjectNotInActiveTierError"}


def test_an_object_for_instant_retrieval_is_readable(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="GLACIER_IR")

    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_only_an_archived_object_can_be_restored(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    restore = refusal(lambda: s3.restore_object(Bucket=bucket, Key="k", RestoreRequest={"Days": 1}))

    assert restore == ("InvalidObjectState", 403)


def test_a_restore_is_in_progress_for_a_while_and_then_the_object_is_readable(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 100, StorageClass="DEEP_ARCHIVE")
    request = {"Days": 2, "GlacierJobParameters": {"Tier": "Bulk"}}

    def restore() -> Any:
        return s3.restore_object(Bucket=bucket, Key="k", RestoreRequest=request)

    def restore_header() -> str:
        header: str = s3.head_object(Bucket=bucket, Key="k")["Restore"]
        return header

    assert restore()["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert restore_header() == 'ongoing-request="true"'
    assert refusal(lambda: s3.get_object(Bucket=bucket, Key="k")) == ("InvalidObjectState", 403)
    assert refusal(restore) == ("RestoreAlreadyInProgress", 409)

    wait_until(lambda: 'ongoing-request="false"' in restore_header(), timeout_s=RESTORE_S + 5)

    assert "expiry-date=" in restore_header()
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x" * 100
    assert restore()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_multipart_upload_is_one_archived_object(s3: Any, bucket: str) -> None:
    first = os.urandom(FIVE_MIB)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", StorageClass="GLACIER")["UploadId"]

    etags = [
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=body)["ETag"]
        for number, body in ((1, first), (2, b"tail"))
    ]
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)["Parts"]
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, start=1)]
    whole = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})

    head = s3.head_object(Bucket=bucket, Key="k")
    assert [part["Size"] for part in listed] == [FIVE_MIB, 4]
    assert whole["ETag"].endswith('-2"')
    assert head["StorageClass"] == "GLACIER"
    assert head["ContentLength"] == FIVE_MIB + 4


def test_a_multipart_upload_refuses_small_parts_but_the_last(s3: Any, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    etags = [
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=b"x")["ETag"]
        for number in (1, 2)
    ]
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, start=1)]

    completed = refusal(
        lambda: s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    )

    assert completed[0] == "EntityTooSmall"


def test_the_transfer_manager_uploads_a_large_file_to_the_archive(s3: Any, bucket: str) -> None:
    body = os.urandom(4 * FIVE_MIB)

    s3.upload_fileobj(io.BytesIO(body), bucket, "k", ExtraArgs={"StorageClass": "DEEP_ARCHIVE"})

    head = s3.head_object(Bucket=bucket, Key="k")
    assert head["ContentLength"] == len(body)
    assert head["StorageClass"] == "DEEP_ARCHIVE"


def test_an_object_that_must_be_new_is_written_once(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")

    again = refusal(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*"))

    assert again == ("PreconditionFailed", 412)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_a_checksum_is_kept_with_the_object(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"abc", ChecksumAlgorithm="SHA256")

    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")

    assert head["ChecksumSHA256"] == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="


def test_what_does_not_exist_is_named(s3: Any, bucket: str) -> None:
    assert refusal(lambda: s3.get_object(Bucket=bucket, Key="nope")) == ("NoSuchKey", 404)
    assert refusal(lambda: s3.head_object(Bucket=bucket, Key="nope")) == ("404", 404)
    assert refusal(lambda: s3.list_objects_v2(Bucket="no-such-bucket")) == ("NoSuchBucket", 404)


def test_presigned_urls_write_and_read(s3: Any, bucket: str) -> None:
    target = {"Bucket": bucket, "Key": "k"}
    put_url = s3.generate_presigned_url("put_object", Params=target, ExpiresIn=60)
    get_url = s3.generate_presigned_url("get_object", Params=target, ExpiresIn=60)

    assert requests.put(put_url, data=b"zz", timeout=5).status_code == 200
    assert requests.get(get_url, timeout=5).content == b"zz"


def test_deleted_objects_are_gone_one_by_one_and_in_bulk(s3: Any, bucket: str) -> None:
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")

    s3.delete_object(Bucket=bucket, Key="a")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "b"}]})

    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["c"]


def test_an_unfinished_upload_says_when_it_was_begun(s3: Any, bucket: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")

    [listed] = s3.list_multipart_uploads(Bucket=bucket, Prefix="k")["Uploads"]

    assert listed["UploadId"] == upload["UploadId"]
    assert before <= listed["Initiated"] <= datetime.now(UTC)


def test_a_part_for_an_upload_that_is_gone_is_refused(s3: Any, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)

    part = {"Bucket": bucket, "Key": "k", "UploadId": upload, "PartNumber": 1, "Body": b"x"}
    assert refusal(lambda: s3.upload_part(**part)) == ("NoSuchUpload", 404)


def test_buckets_that_are_asked_for_are_there_from_the_start_and_are_not_made_twice(tmp_path: Path) -> None:
    options = ("--data", str(tmp_path), "--bucket", "one", "--bucket", "two")
    for number in range(2):
        port = free_port()
        with running_part("s3", "--port", str(port), *options, ready_url=f"http://127.0.0.1:{port}/"):
            client = connect(port)
            names = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
            client.put_object(Bucket="one", Key=f"kept-{number}", Body=b"x")
            kept = [entry["Key"] for entry in client.list_objects_v2(Bucket="one")["Contents"]]

    assert names == ["one", "two"]
    assert kept == ["kept-0", "kept-1"]
