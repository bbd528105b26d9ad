"""Fixtures of the tests named test_oracle_*, which need Google's emulator; use with `firestore_fixtures`."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.firestore_server import Firestore, FirestoreServer, new_firestore_server
from tests.local.oracle_values import PROJECT


@pytest.fixture(scope="session")
def unindexed_firestore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirestoreServer]:
    """Our server as it is compared with Google's: it answers queries that have no index."""
    with new_firestore_server(tmp_path_factory.mktemp("unindexed")) as server:
        server.start("--no-index-enforcement")
        yield server


@pytest.fixture(scope="session")
def clients(unindexed_firestore: Firestore, google_firestore: Firestore) -> tuple[Any, Any]:
    """Clients of our server and of Google's."""
    return unindexed_firestore.client(PROJECT), google_firestore.client(PROJECT)
