"""The stores of rooms' files, over real S3: what arrives is proven, and what is unfinished is found again."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import SEEK_END
from typing import Any
from uuid import uuid4

import pytest
import requests
from botocore.exceptions import ClientError

from shared.adapters.s3.client import Place
from shared.adapters.s3.files import S3Files
from shared.errors import PlayheadError, Upstream
from shared.recordings.files import PartialFile, RestoreState, RestoreTier, StoredFile, Tier
from shared.structs import replace
from tests.local.part_process import free_port, running_part, wait_until

PART_BYTES = 5 * 1024 * 1024
RESTORE_S = 1.0
FIRST, SECOND, LAST = os.urandom(PART_BYTES), os.urandom(PART_BYTES), b"the end"
CONTENT = FIRST + SECOND + LAST


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    options = ("--port", str(port), "--bucket", "hot", "--bucket", "cold", "--restore-s", str(RESTORE_S))
    with running_part("s3", *options, ready_url=url):
        yield url


def place(url: str, bucket: str) -> Place:
    return Place(
        setting="R2",
        bucket=bucket,
        url=url,
        region="auto",
        access_key_id="test",
        secret_access_key="test",
    )


@pytest.fixture
def hot(url: str) -> S3Files:
    return S3Files(place(url, "hot"), Tier.HOT)


@pytest.fixture
def cold(url: str) -> S3Files:
    return S3Files(place(url, "cold"), Tier.COLD, storage_class="GLACIER")


@pytest.fixture
def key() -> str:
    return f"rooms/rec_{uuid4().hex}/recording.mp4"


def store(files: S3Files, key: str, content: bytes = CONTENT) -> StoredFile:
    partial = files.begin(key, content_type="video/mp4")
    pieces = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
    parts = tuple(files.put_part(partial, number, piece) for number, piece in enumerate(pieces, 1))
    return files.complete(partial, parts, part_bytes=PART_BYTES)


def test_a_file_is_made_of_its_parts_and_its_etag_proves_them(hot: S3Files, key: str) -> None:
    file = store(hot, key)

    digests = b"".join(hashlib.md5(piece).digest() for piece in (FIRST, SECOND, LAST))
    assert file.etag == f"{hashlib.md5(digests).hexdigest()}-3"
    assert (file.size_bytes, file.part_bytes, file.tier) == (len(CONTENT), PART_BYTES, Tier.HOT)
    found = hot.describe(key)
    assert found is not None
    assert found.is_same(file)
    assert [one.key for one in hot.files("rooms/") if one.is_same(file)] == [key]


@pytest.mark.parametrize("is_local", [True, False], ids=["localstack", "boto3"])
def test_both_ways_to_connect_lead_to_the_bucket_of_the_settings(
    url: str, key: str, is_local: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_local:
        monkeypatch.setenv("LOCALSTACK_HOST", "127.0.0.1:1")
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    else:
        monkeypatch.delenv("LOCALSTACK_HOST", raising=False)

    assert store(S3Files(place(url, "hot"), Tier.HOT), key, b"short").size_bytes == 5


def test_a_bytearray_is_a_part_too(hot: S3Files, key: str) -> None:
    partial = hot.begin(key, content_type="video/mp4")

    part = hot.put_part(partial, 1, bytearray(LAST))

    assert part.etag == hashlib.md5(LAST).hexdigest()


def test_an_unfinished_file_is_found_again_with_its_parts(hot: S3Files, key: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    partial = hot.begin(key, content_type="video/mp4")
    parts = (hot.put_part(partial, 1, FIRST), hot.put_part(partial, 2, SECOND))

    found = hot.find_partial(key)

    assert found is not None
    assert (found.upload_id, found.parts) == (partial.upload_id, parts)
    assert found.begun_at > before
    assert [one.upload_id for one in hot.partials("rooms/") if one.key == key] == [partial.upload_id]


def test_of_several_unfinished_files_the_newest_is_found(hot: S3Files, key: str) -> None:
    hot.begin(key, content_type="video/mp4")
    hot.begin(f"{key}.other", content_type="video/mp4")
    newest = hot.begin(key, content_type="video/mp4")

    found = hot.find_partial(key)

    assert found is not None
    assert found.upload_id == newest.upload_id


def test_nothing_is_found_where_nothing_is(hot: S3Files, key: str) -> None:
    assert hot.describe(key) is None
    assert hot.find_partial(key) is None
    hot.delete(key)
    hot.abort(PartialFile(key=key, upload_id="unknown", begun_at=datetime.now(UTC)))


def test_deleting_takes_the_file_and_its_unfinished_ones(hot: S3Files, key: str) -> None:
    store(hot, key, b"short")
    hot.begin(key, content_type="video/mp4")
    neighbour = hot.begin(f"{key}.other", content_type="video/mp4")

    hot.delete(key)

    assert hot.describe(key) is None
    assert hot.find_partial(key) is None
    found = hot.find_partial(neighbour.key)
    assert found is not None


def test_a_part_of_an_unfinished_file_that_is_gone_is_a_failure_that_may_pass(hot: S3Files, key: str) -> None:
    partial = hot.begin(key, content_type="video/mp4")
    hot.abort(partial)

    with pytest.raises(Upstream, match="NoSuchUpload"):
        hot.put_part(partial, 1, FIRST)


def test_a_file_that_is_not_of_the_parts_that_were_named_is_not_kept(hot: S3Files, key: str) -> None:
    partial = hot.begin(key, content_type="video/mp4")
    part = hot.put_part(partial, 1, LAST)
    other = hot.put_part(partial, 1, b"somebody else's bytes")

    with pytest.raises(Upstream, match="InvalidPart"):
        hot.complete(partial, (part,), part_bytes=PART_BYTES)

    assert hot.complete(partial, (other,), part_bytes=PART_BYTES).size_bytes == 21


def test_a_file_is_read_by_ranges_from_anywhere(hot: S3Files, key: str) -> None:
    file = store(hot, key)

    with hot.open(file) as source:
        assert source.seek(-7, SEEK_END) == len(CONTENT) - 7
        assert source.read() == LAST
        source.seek(PART_BYTES - 10)
        assert source.read(20) == CONTENT[PART_BYTES - 10 : PART_BYTES + 10]
        assert source.read(len(CONTENT)) == CONTENT[PART_BYTES + 10 :]
        assert source.read(1) == b""
        assert source.seek(2) == source.tell() == 2


def test_a_file_that_was_replaced_is_not_read_for_the_one_before(hot: S3Files, key: str) -> None:
    file = store(hot, key)
    with hot.open(file) as source:
        store(hot, key, b"short")

        with pytest.raises(FileNotFoundError):
            source.read(10)
    with pytest.raises(FileNotFoundError):
        hot.open(file)


def test_a_signed_url_downloads_the_file_under_its_name(hot: S3Files, key: str) -> None:
    file = store(hot, key, b"short")

    answer = requests.get(hot.signed_get(file, lifetime=timedelta(hours=1), file_name="rec_a.mp4"), timeout=10)

    assert answer.content == b"short"
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rec_a.mp4"'


def test_the_same_parts_have_the_same_etag_in_both_stores(hot: S3Files, cold: S3Files, key: str) -> None:
    assert store(cold, key).is_same(store(hot, key))


def test_a_cold_file_comes_back_for_a_while_when_it_is_asked_for(cold: S3Files, key: str) -> None:
    file = store(cold, key, b"short")
    asleep = cold.restore_state(file)

    cold.restore(file, tier=RestoreTier.EXPEDITED, days=7)
    cold.restore(file, tier=RestoreTier.STANDARD, days=7)
    waking = cold.restore_state(file)
    wait_until(lambda: cold.restore_state(file).state is RestoreState.AVAILABLE)
    awake = cold.restore_state(file)

    assert [asleep.state, waking.state] == [RestoreState.NONE, RestoreState.IN_PROGRESS]
    assert awake.available_until is not None
    assert timedelta(days=6) < awake.available_until - datetime.now(UTC) < timedelta(days=9)
    answer = requests.get(cold.signed_get(file, lifetime=timedelta(hours=1), file_name="a.mp4"), timeout=10)
    assert answer.content == b"short"


def test_a_cold_file_cannot_be_read_while_it_sleeps(cold: S3Files, key: str) -> None:
    file = store(cold, key, b"short")

    with cold.open(file) as source, pytest.raises(Upstream, match="InvalidObjectState"):
        source.read(1)


def test_a_store_whose_class_is_not_cold_has_its_files_at_hand(url: str, key: str) -> None:
    warm = S3Files(place(url, "cold"), Tier.COLD, storage_class="STANDARD_IA")

    assert warm.restore_state(store(warm, key, b"short")).state is RestoreState.AVAILABLE


def test_a_store_that_does_not_answer_is_an_outage(key: str) -> None:
    with socket.socket() as bound:  # and never listening
        bound.bind(("127.0.0.1", 0))
        files = S3Files(place(f"http://127.0.0.1:{bound.getsockname()[1]}", "hot"), Tier.HOT)

        with pytest.raises(Upstream) as refused:
            files.describe(key)

    assert refused.value.status == 502


def test_a_bucket_that_is_not_there_is_an_outage_and_not_a_missing_file(url: str, key: str) -> None:
    with pytest.raises(Upstream, match="NoSuchBucket") as refused:
        S3Files(place(url, "elsewhere"), Tier.HOT).begin(key, content_type="video/mp4")

    assert isinstance(refused.value.__cause__, ClientError)


@pytest.mark.parametrize("name", ["bucket", "access_key_id", "secret_access_key"])
def test_a_setting_that_is_missing_is_named(url: str, name: str, key: str) -> None:
    without: dict[str, Any] = {name: None}
    files = S3Files(replace(place(url, "hot"), **without), Tier.HOT)

    with pytest.raises(PlayheadError, match=f"PLAYHEAD_R2_{name.upper()} is not set"):
        files.describe(key)
