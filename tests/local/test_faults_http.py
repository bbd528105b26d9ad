"""Requests to storage, S3, identity and the functions fail, stall, crash and are cut, and real clients meet it."""

import io
import time
from typing import Any

import pytest
import requests
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError
from localstack_client.session import Session

from tests.local.misbehaving import Misbehaving

pytest_plugins = ["tests.local.faults_fixtures"]

CONTENT = bytes(range(256)) * 4096  # 1 MiB


def media_blob(misbehaving: Misbehaving, name: str) -> Any:
    return misbehaving.storage.bucket("media").blob(name)


def put_media(misbehaving: Misbehaving, name: str, content: bytes) -> requests.Response:
    url = f"{misbehaving.addresses.storage}/upload/storage/v1/b/media/o"
    return requests.post(url, params={"uploadType": "media", "name": name}, data=content, timeout=10)


UPLOAD = {"method": "POST", "path": "/upload/"}


@pytest.mark.parametrize("after_bytes", [0, 100_000])
def test_an_upload_whose_connection_is_cut_leaves_no_object(misbehaving: Misbehaving, after_bytes: int) -> None:
    name = f"cut/{after_bytes}"
    with misbehaving.armed("storage", "call", "cut", match=UPLOAD, after_bytes=after_bytes):
        with pytest.raises(requests.ConnectionError):
            put_media(misbehaving, name, CONTENT)
        assert media_blob(misbehaving, name).exists() is False

    assert put_media(misbehaving, name, CONTENT).ok
    assert media_blob(misbehaving, name).download_as_bytes() == CONTENT


def test_an_upload_shorter_than_the_cut_is_whole_and_does_not_count(misbehaving: Misbehaving) -> None:
    with misbehaving.armed("storage", "call", "cut", match=UPLOAD, after_bytes=1000):
        assert put_media(misbehaving, "short", bytes(1000)).ok
        with pytest.raises(requests.ConnectionError):
            put_media(misbehaving, "long", bytes(1001))


def test_the_client_repeats_an_upload_that_was_cut(misbehaving: Misbehaving) -> None:
    blob = media_blob(misbehaving, "repeated")

    with misbehaving.armed("storage", "call", "cut", match=UPLOAD, after_bytes=100_000):
        blob.upload_from_string(CONTENT)

    assert blob.download_as_bytes() == CONTENT


def test_the_client_goes_on_with_a_resumable_upload_that_was_cut(misbehaving: Misbehaving) -> None:
    blob = media_blob(misbehaving, "resumed")
    blob.chunk_size = len(CONTENT) // 2

    chunks = {"method": "PUT", "path": "/upload/"}
    with misbehaving.armed("storage", "call", "cut", match=chunks, skip=1, after_bytes=100_000):
        blob.upload_from_file(io.BytesIO(CONTENT))

    assert blob.download_as_bytes() == CONTENT


@pytest.mark.parametrize("at", ["call", "answer"])
def test_the_client_repeats_what_storage_refuses(misbehaving: Misbehaving, at: str) -> None:
    blob = media_blob(misbehaving, f"refused/{at}")

    with misbehaving.armed("storage", at, "fail", match=UPLOAD, status=503):
        blob.upload_from_string(b"bytes")

    assert blob.download_as_bytes() == b"bytes"


def test_a_failed_answer_comes_after_the_upload(misbehaving: Misbehaving) -> None:
    with misbehaving.armed("storage", "answer", "fail", match=UPLOAD, status=500):
        assert put_media(misbehaving, "unsaid", b"bytes").status_code == 500

    assert media_blob(misbehaving, "unsaid").exists()


def test_a_download_that_is_cut_is_not_taken_for_whole(misbehaving: Misbehaving) -> None:
    blob = media_blob(misbehaving, "down")
    blob.upload_from_string(CONTENT)
    url = f"{misbehaving.addresses.storage}/download/storage/v1/b/media/o/down"

    with misbehaving.armed("storage", "answer", "cut", match={"path": "/download/"}, after_bytes=300_000):
        answer = requests.get(url, params={"alt": "media"}, stream=True, timeout=10)
        received = answer.raw.read(300_000)
        with pytest.raises(urllib3.exceptions.ProtocolError):
            answer.raw.read()

    assert answer.status_code == 200
    assert received == CONTENT[:300_000]


def test_storage_that_stalls_answers_late(misbehaving: Misbehaving) -> None:
    with misbehaving.armed("storage", "call", "stall", match=UPLOAD, delay_s=0.5):
        started_s = time.monotonic()
        assert put_media(misbehaving, "late", b"bytes").ok

    assert time.monotonic() - started_s >= 0.5


def test_an_upload_that_was_never_answered_has_happened(misbehaving: Misbehaving) -> None:
    pid = misbehaving.platform.pid("storage")
    with misbehaving.armed("storage", "answer", "crash", match=UPLOAD):
        with pytest.raises(requests.ConnectionError):
            put_media(misbehaving, "unanswered", b"bytes")
        misbehaving.wait_for_restart("storage", pid)

    assert media_blob(misbehaving, "unanswered").download_as_bytes() == b"bytes"


def test_s3_asks_to_slow_down_and_the_client_does(misbehaving: Misbehaving) -> None:
    misbehaving.s3.create_bucket(Bucket="slow")

    with misbehaving.armed("s3", "call", "fail", match={"method": "PUT", "path": "/slow/"}, status=503, times=2):
        misbehaving.s3.put_object(Bucket="slow", Key="key", Body=b"bytes")

    assert misbehaving.s3.get_object(Bucket="slow", Key="key")["Body"].read() == b"bytes"


def test_a_write_to_s3_whose_answer_failed_has_happened(misbehaving: Misbehaving) -> None:
    host = misbehaving.addresses.s3.removeprefix("http://")
    impatient = Session(localstack_host=host).client("s3", config=Config(retries={"max_attempts": 0}))
    impatient.create_bucket(Bucket="told")

    with misbehaving.armed("s3", "answer", "fail", match={"method": "PUT"}, status=500), pytest.raises(ClientError):
        impatient.put_object(Bucket="told", Key="key", Body=b"bytes")

    assert impatient.get_object(Bucket="told", Key="key")["Body"].read() == b"bytes"


def test_keys_that_cannot_be_had_are_had_later(misbehaving: Misbehaving) -> None:
    url = f"{misbehaving.addresses.identity}/certs"
    with misbehaving.armed("identity", "call", "fail", match={"method": "GET", "path": "/certs"}, status=503):
        statuses = [requests.get(url, timeout=5).status_code for _ in range(2)]

    assert statuses == [503, 200]


def step_attempts(misbehaving: Misbehaving, body: str, *, effects: int) -> list[dict[str, Any]]:
    misbehaving.task(body.encode())
    return misbehaving.wait_for_notes("step", body, effects)


STEP = {"function": "step"}


def test_a_step_that_crashes_before_its_answer_is_done_again(misbehaving: Misbehaving) -> None:
    pid = misbehaving.platform.pid("media")
    with misbehaving.armed("functions", "answer", "crash", match=STEP):
        notes = step_attempts(misbehaving, "crash after the effect", effects=2)

    assert len(notes) == 2
    assert misbehaving.platform.pid("media") != pid


def test_a_step_that_crashes_at_once_has_no_effect_until_it_is_tried_again(misbehaving: Misbehaving) -> None:
    pid = misbehaving.platform.pid("media")
    with misbehaving.armed("functions", "call", "crash", match=STEP):
        notes = step_attempts(misbehaving, "crash before the effect", effects=1)

    assert len(notes) == 1
    assert misbehaving.platform.pid("media") != pid


@pytest.mark.parametrize(("at", "effects"), [("call", 1), ("answer", 2)])
def test_a_step_whose_call_fails_is_tried_again(misbehaving: Misbehaving, at: str, effects: int) -> None:
    with misbehaving.armed("functions", at, "fail", match={"method": "POST", "path": "/fn/step"}, status=503):
        notes = step_attempts(misbehaving, f"fail at {at}", effects=effects)

    assert len(notes) == effects


@pytest.mark.parametrize("at", ["call", "answer"])
def test_a_function_that_stalls_answers_late(misbehaving: Misbehaving, at: str) -> None:
    with misbehaving.armed("functions", at, "stall", match={"function": "echo"}, delay_s=0.5):
        started_s = time.monotonic()
        answer = requests.get(f"{misbehaving.addresses.functions['api']}/demo/api/v1/things/7", timeout=5)

    assert answer.json()["function"] == "echo"
    assert time.monotonic() - started_s >= 0.5


def test_an_answer_that_is_cut_is_not_taken_for_whole(misbehaving: Misbehaving) -> None:
    def get() -> requests.Response:
        return requests.get(f"{misbehaving.addresses.functions['api']}/demo/api/v1/things/7", timeout=5)

    with misbehaving.armed("functions", "answer", "cut", match={"path": "/demo/api/v1/"}, after_bytes=10):
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            get()
        assert get().ok
