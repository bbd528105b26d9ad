"""Whatever a client does, our server answers and keeps what Google's emulator does."""

from typing import Any

from hypothesis import given

from tests.local.oracle_collections import unused_collections
from tests.local.oracle_drawn_steps import IDS, histories
from tests.local.oracle_outcomes import ranked, timeless
from tests.local.oracle_server import ORACLE_JAR
from tests.local.oracle_settings import examples
from tests.local.oracle_steps import List, Read, Step, perform, writes_of, writes_twice
from tests.local.oracle_writes import Side

pytest_plugins = ["tests.local.firestore_fixtures", "tests.local.oracle_fixtures"]

__test__ = ORACLE_JAR is not None

LAST_LOOK: list[Step] = [Read(IDS, None), List(page_size=2)]


def answers(collection: Any, history: list[Step]) -> Any:
    """Return the outcome of each step, done to a collection, and what is there in the end.

    There are no times in it when a document is written twice in one commit: the emulator does not take it for
    changed when it is changed back.
    """
    side = Side(collection)
    outcomes = [perform(step, side) for step in [*history, *LAST_LOOK]]
    return timeless(outcomes) if any(writes_twice(writes_of(step)) for step in history) else ranked(outcomes)


@examples(bounded=100)
@given(history=histories)
def test_a_history_is_answered_and_ends_as_on_google(clients: tuple[Any, Any], history: list[Step]) -> None:
    ours, google = unused_collections(clients)

    assert answers(ours, history) == answers(google, history)
