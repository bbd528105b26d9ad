"""What goes by itself, and what is counted."""

from pathlib import Path

import pytest
import requests

from shared.local.storage.backend import Backend, open_backend
from shared.local.storage.blobs import Blob
from shared.local.storage.config import BucketConfig, StorageConfig
from shared.local.storage.errors import UploadNotFound
from shared.local.storage.lifecycle import Lifecycle
from shared.local.storage.new_object import NewObject
from shared.local.storage.resources import now_us
from tests.local.part_process import wait_until
from tests.local.storage_server import StorageServer

pytest_plugins = ["tests.local.storage_fixtures"]

DAY_US = 24 * 3600 * 1_000_000


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    buckets = (BucketConfig("uploads", age_days=2), BucketConfig("media"))
    return open_backend(StorageConfig(buckets, {}, (), "", tmp_path / "key.pem"), tmp_path, "http://127.0.0.1:1")


def publish(backend: Backend, bucket: str, name: str) -> None:
    writer = backend.blobs.create()
    writer.write(b"abc")
    backend.objects.publish(NewObject(bucket, name), writer.finish())


def blobs_left(backend: Backend) -> list[Blob]:
    return [backend.blobs.measure(name) for name in backend.catalogue.blobs_in_use()]


@pytest.mark.parametrize(("days", "left"), [(1.99, 2), (2.01, 1)])
def test_objects_older_than_their_bucket_allows_are_removed(backend: Backend, days: float, left: int) -> None:
    publish(backend, "uploads", "x")
    publish(backend, "media", "x")

    Lifecycle(backend).remove_aged(now_us() + int(days * DAY_US))

    assert len(blobs_left(backend)) == left


def test_a_session_is_forgotten_after_a_week(backend: Backend) -> None:
    session_id = backend.sessions.start(NewObject("media", "x"), None)

    Lifecycle(backend).remove_aged(now_us() + 6 * DAY_US)
    assert backend.sessions.get(session_id).resource is None
    Lifecycle(backend).remove_aged(now_us() + 8 * DAY_US)

    with pytest.raises(UploadNotFound):
        backend.sessions.get(session_id)
    assert blobs_left(backend) == []


def test_a_running_server_applies_the_age_rule(own_server: StorageServer) -> None:
    own_server.start(buckets=[{"name": "uploads", "age_days": 2}])
    own_server.client().bucket("uploads").blob("x").upload_from_string("x")
    own_server.kill()

    own_server.start(buckets=[{"name": "uploads", "age_days": 0}])

    uploads = own_server.client().get_bucket("uploads")
    wait_until(lambda: not uploads.blob("x").exists())
    assert own_server.blob_names == set()


def test_operations_and_bytes_are_counted(own_server: StorageServer) -> None:
    own_server.start(buckets=[{"name": "media"}])
    api = f"{own_server.url}/storage/v1/b/media/o"
    upload = f"{own_server.url}/upload/storage/v1/b/media/o?uploadType=media&name=x"

    requests.post(upload, data=b"x" * 1_000_000, timeout=5)
    requests.get(f"{api}/x?alt=media", timeout=5)
    requests.get(api, timeout=5)
    requests.delete(f"{api}/x", timeout=5)

    counters = requests.get(f"{own_server.url}/_playhead/counters", timeout=5).json()
    assert (counters["class_a"], counters["class_b"], counters["free"]) == (2, 1, 1)
    assert counters["operations"] == {
        "objects.delete": 1,
        "objects.get": 1,
        "objects.insert": 1,
        "objects.list": 1,
    }
    assert counters["bytes_in"] == 1_000_000
    assert 1_000_000 < counters["bytes_out"] < 1_010_000
