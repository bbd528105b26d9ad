"""Fixtures of the tests named test_firestore_*: `pytest_plugins = ["tests.local.firestore_fixtures"]`."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.firestore_server import FirestoreServer, new_firestore_server


@pytest.fixture(scope="session")
def firestore_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirestoreServer]:
    """One server for all tests that do not stop it."""
    with new_firestore_server(tmp_path_factory.mktemp("firestore")) as server:
        server.start()
        yield server


@pytest.fixture
def own_firestore(tmp_path: Path) -> Iterator[FirestoreServer]:
    """A server of the test's own, not yet started."""
    with new_firestore_server(tmp_path) as server:
        yield server


@pytest.fixture
def firestore_project(request: pytest.FixtureRequest) -> str:
    """The id of a project that only this test uses."""
    return "p-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]


@pytest.fixture
def db(firestore_server: FirestoreServer, firestore_project: str) -> Any:
    """Google's client of the shared server, for an empty database."""
    return firestore_server.client(firestore_project)
