"""Whatever a client does, our server answers and keeps what Google's emulator does."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given

from tests.local.firestore_server import Firestore
from tests.local.oracle_drawn_steps import IDS, histories
from tests.local.oracle_outcomes import ranked
from tests.local.oracle_server import ORACLE_JAR
from tests.local.oracle_settings import examples
from tests.local.oracle_steps import List, Read, Step, perform
from tests.local.oracle_values import PROJECT
from tests.local.oracle_writes import Side

pytest_plugins = ["tests.local.firestore_fixtures"]

__test__ = ORACLE_JAR is not None

LAST_LOOK: list[Step] = [Read(IDS, None), List(page_size=2)]


@pytest.fixture(scope="module")
def clients(unindexed_firestore: Firestore, google_firestore: Firestore) -> tuple[Any, Any]:
    """Clients of our server and of Google's."""
    return unindexed_firestore.client(PROJECT), google_firestore.client(PROJECT)


@pytest.fixture(scope="module")
def names() -> Iterator[str]:
    """Names of collections that nobody has used."""
    return (f"history{number}" for number in count())


def answers(client: Any, name: str, history: list[Step]) -> Any:
    """Return the outcome of each step, done to a collection, and what is there in the end."""
    side = Side(client.collection(name))
    return ranked([perform(step, side) for step in [*history, *LAST_LOOK]])


@examples(bounded=200, search=4000)
@given(history=histories)
def test_a_history_is_answered_and_ends_as_on_google(
    clients: tuple[Any, Any], names: Iterator[str], history: list[Step]
) -> None:
    ours, google = clients
    name = next(names)

    assert answers(ours, name, history) == answers(google, name, history)
