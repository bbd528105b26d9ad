"""Fixtures of the tests named test_storage_*: `pytest_plugins = ["tests.local.storage_fixtures"]`."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.storage_server import StorageServer, new_storage_server


@pytest.fixture(scope="session")
def storage_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageServer]:
    """One server for all tests that neither stop it nor configure it."""
    with new_storage_server(tmp_path_factory.mktemp("storage")) as server:
        server.start()
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[StorageServer]:
    """A server of the test's own, not yet started."""
    with new_storage_server(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def storage_client(storage_server: StorageServer) -> Any:
    """The real client of the shared server."""
    return storage_server.client()


@pytest.fixture
def bucket(storage_client: Any, request: pytest.FixtureRequest) -> Any:
    """A bucket of the shared server that only this test uses."""
    return storage_client.create_bucket(hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:32])
