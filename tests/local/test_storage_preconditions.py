"""Generations decide who wins: preconditions on every path of the real client."""

import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
from google.api_core.exceptions import PreconditionFailed

from tests.local.storage_server import StorageServer

pytest_plugins = ["tests.local.storage_fixtures"]


def resumable(blob: Any, content: bytes, **conditions: int) -> None:
    blob.chunk_size = 256 * 1024
    blob.upload_from_file(io.BytesIO(content), **conditions)


def simple(blob: Any, content: bytes, **conditions: int) -> None:
    blob.upload_from_string(content, **conditions)


@pytest.mark.parametrize("upload", [simple, resumable])
def test_generation_0_creates_and_never_overwrites(bucket: Any, upload: Callable[..., None]) -> None:
    upload(bucket.blob("x"), b"1" * 300_000, if_generation_match=0)

    with pytest.raises(PreconditionFailed):
        upload(bucket.blob("x"), b"2" * 300_000, if_generation_match=0)

    assert bucket.blob("x").download_as_bytes() == b"1" * 300_000


@pytest.mark.parametrize("upload", [simple, resumable])
def test_only_the_current_generation_is_replaced(bucket: Any, upload: Callable[..., None]) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string(b"1")
    stale = blob.generation
    blob.upload_from_string(b"2")

    with pytest.raises(PreconditionFailed):
        upload(bucket.blob("x"), b"3" * 300_000, if_generation_match=stale)
    upload(bucket.blob("x"), b"4" * 300_000, if_generation_match=blob.generation)

    assert bucket.blob("x").download_as_bytes() == b"4" * 300_000


def test_a_resumable_upload_that_loses_a_race_is_refused_at_its_end(bucket: Any) -> None:
    late = bucket.blob("x").create_resumable_upload_session(if_generation_match=0)
    bucket.blob("x").upload_from_string("first", if_generation_match=0)

    assert requests.put(late, data=b"late", timeout=5).status_code == 412

    assert requests.put(late, data=b"late", timeout=5).status_code == 404
    assert bucket.blob("x").download_as_bytes() == b"first"


def test_of_many_writers_exactly_one_creates(storage_server: StorageServer, bucket: Any) -> None:
    outcomes: list[str] = []

    def write(writer: int) -> None:
        blob = storage_server.client().bucket(bucket.name).blob("race")
        try:
            blob.upload_from_string(str(writer), if_generation_match=0)
            outcomes.append(str(writer))
        except PreconditionFailed:
            outcomes.append("lost")

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(12)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()

    assert outcomes.count("lost") == 11
    [winner] = [outcome for outcome in outcomes if outcome != "lost"]
    assert bucket.blob("race").download_as_text() == winner


def test_a_delete_can_ask_for_a_generation(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string("1")

    with pytest.raises(PreconditionFailed):
        blob.delete(if_generation_match=1)
    blob.delete(if_generation_match=blob.generation)

    assert not blob.exists()


def test_a_patch_can_ask_for_a_metageneration(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string("1")
    blob.metadata = {"a": "1"}

    with pytest.raises(PreconditionFailed):
        blob.patch(if_metageneration_match=2)
    blob.patch(if_metageneration_match=1)

    assert bucket.get_blob("x").metadata == {"a": "1"}


def test_a_read_can_ask_for_a_generation(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string("1")

    with pytest.raises(PreconditionFailed):
        blob.download_as_bytes(if_generation_match=5)
    with pytest.raises(PreconditionFailed):
        blob.reload(if_generation_match=5)

    assert blob.download_as_bytes(if_generation_match=blob.generation) == b"1"


def test_a_compose_can_ask_for_generations_of_target_and_sources(bucket: Any) -> None:
    part, whole = bucket.blob("part"), bucket.blob("whole")
    part.upload_from_string("1")
    whole.upload_from_string("0")

    with pytest.raises(PreconditionFailed):
        whole.compose([part], if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        whole.compose([part], if_source_generation_match=[1])
    whole.compose([part], if_generation_match=whole.generation, if_source_generation_match=[part.generation])

    assert whole.download_as_bytes() == b"1"


def test_a_copy_can_ask_for_generations_of_target_and_source(bucket: Any) -> None:
    source, target = bucket.blob("source"), bucket.blob("target")
    source.upload_from_string("1")
    target.upload_from_string("0")

    with pytest.raises(PreconditionFailed):
        bucket.copy_blob(source, bucket, "target", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        bucket.copy_blob(source, bucket, "target", if_source_generation_match=1)
    with pytest.raises(PreconditionFailed):
        target.rewrite(source, if_generation_match=0)

    assert target.download_as_bytes() == b"0"
