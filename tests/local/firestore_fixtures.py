"""Fixtures of the tests named test_firestore_*: `pytest_plugins = ["tests.local.firestore_fixtures"]`.

What takes `firestore_server` or `db` runs against our server and, where this machine has it, against Google's
emulator too; see `oracle_exemptions`.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.firestore_server import Firestore, FirestoreServer, new_firestore_server
from tests.local.oracle_exemptions import GOOGLE, OURS
from tests.local.oracle_server import ORACLE_JAR, GoogleFirestore, running_google_firestore

pytest_plugins = ["tests.local.oracle_report"]


@pytest.fixture(scope="session")
def our_firestore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirestoreServer]:
    """Our server, for all tests that do not stop it."""
    with new_firestore_server(tmp_path_factory.mktemp("firestore")) as server:
        server.start()
        yield server


@pytest.fixture(scope="session")
def google_firestore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleFirestore]:
    """Google's emulator."""
    with running_google_firestore(tmp_path_factory.mktemp("google")) as emulator:
        yield emulator


@pytest.fixture(scope="session", params=[OURS] if ORACLE_JAR is None else [OURS, GOOGLE])
def firestore_server(request: pytest.FixtureRequest) -> Firestore:
    """Each server in turn that a test is to hold for."""
    server: Firestore = request.getfixturevalue("our_firestore" if request.param == OURS else "google_firestore")
    return server


@pytest.fixture
def own_firestore(tmp_path: Path) -> Iterator[FirestoreServer]:
    """A server of ours for the test alone, not yet started."""
    with new_firestore_server(tmp_path) as server:
        yield server


@pytest.fixture
def firestore_project(request: pytest.FixtureRequest) -> str:
    """The id of a project that only this test uses."""
    return "p-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]


@pytest.fixture
def db(firestore_server: Firestore, firestore_project: str) -> Any:
    """Google's client of the server, for an empty database."""
    return firestore_server.client(firestore_project)
