"""Our server finds and computes what Google's emulator does, whatever is asked."""

from typing import Any

import pytest
from hypothesis import given

from tests.local.firestore_server import Firestore
from tests.local.oracle_outcomes import computed_by, found_by
from tests.local.oracle_queries import Aggregate, Find, aggregates, finds
from tests.local.oracle_settings import bounded
from tests.local.oracle_values import PROJECT, SCALARS
from tests.local.oracle_server import ORACLE_JAR

pytest_plugins = ["tests.local.firestore_fixtures"]

__test__ = ORACLE_JAR is not None

Pair = tuple[Any, Any]


def population() -> dict[str, dict[str, Any]]:
    """Return documents by path: every value of every type, most fields in most documents."""
    documents: dict[str, dict[str, Any]] = {}
    for position, value in enumerate(SCALARS):
        other = SCALARS[position * 7 % len(SCALARS)]
        fields = {
            "n": position % 3,
            "a": value,
            "b": [other, {"x": value}] if position % 5 == 0 else other,
            "tags": [value, position % 2, other][: position % 4],
            "m": {"x": position % 2, "y": other} if position % 3 else {"y": value},
            "p.q": value if position % 2 else {"x": value},
        }
        missing = list(fields)[position % 7 : position % 7 + 1]
        parent = "things/t00/things" if position % 6 == 5 else "things"
        documents[f"{parent}/t{position:02}"] = {name: v for name, v in fields.items() if name not in missing}
    return documents


@pytest.fixture(scope="module")
def things(unindexed_firestore: Firestore, google_firestore: Firestore) -> Pair:
    """The same collection on our server and on Google's."""
    collections = []
    for server in (unindexed_firestore, google_firestore):
        client = server.client(PROJECT)
        batch = client.batch()
        for path, fields in population().items():
            batch.set(client.document(path), fields)
        batch.commit()
        collections.append(client.collection("things"))
    return collections[0], collections[1]


@bounded(600)
@given(find=finds())
def test_a_query_finds_what_google_finds(things: Pair, find: Find) -> None:
    ours, google = things

    assert found_by(find.on(ours)) == found_by(find.on(google))


@bounded(200)
@given(aggregate=aggregates)
def test_an_aggregation_computes_what_google_computes(things: Pair, aggregate: Aggregate) -> None:
    ours, google = things

    assert computed_by(aggregate.on(ours)) == computed_by(aggregate.on(google))
