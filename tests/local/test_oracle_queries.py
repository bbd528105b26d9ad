"""Whatever is asked of documents with every kind of value, our server answers what Google's emulator does."""

from typing import Any

import pytest
from hypothesis import given

from tests.local.oracle_drawn_queries import aggregates, finds
from tests.local.oracle_drawn_refusals import wrong_aggregates, wrong_finds
from tests.local.oracle_outcomes import outcome_of, ranked
from tests.local.oracle_queries import Aggregate, Find
from tests.local.oracle_server import ORACLE_JAR
from tests.local.oracle_settings import examples
from tests.local.oracle_values import COLLECTION, SCALARS

pytest_plugins = ["tests.local.firestore_fixtures", "tests.local.oracle_fixtures"]

__test__ = ORACLE_JAR is not None


def population() -> dict[str, dict[str, Any]]:
    """Return documents by path: every value in every role, most fields in most documents, some below another."""
    documents = {}
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
        del fields[list(fields)[position % len(fields)]]
        parent = f"{COLLECTION}/a/{COLLECTION}" if position % 6 == 5 else COLLECTION
        documents[f"{parent}/t{position:02}"] = fields
    return documents


@pytest.fixture(scope="module")
def collections(clients: tuple[Any, Any]) -> list[Any]:
    """The population on our server and on Google's."""
    filled = []
    for client in clients:
        batch = client.batch()
        for path, fields in population().items():
            batch.set(client.document(path), fields)
        batch.commit()
        filled.append(client.collection(COLLECTION))
    return filled


@examples(bounded=250)
@given(find=finds)
def test_a_query_finds_what_google_finds(collections: list[Any], find: Find) -> None:
    ours, google = (ranked(outcome_of(find.run, collection)) for collection in collections)

    assert ours == google


@examples(bounded=100)
@given(aggregate=aggregates)
def test_an_aggregation_computes_what_google_computes(collections: list[Any], aggregate: Aggregate) -> None:
    ours, google = (outcome_of(aggregate.run, collection) for collection in collections)

    assert ours == google


@examples(bounded=100)
@given(asked=wrong_finds | wrong_aggregates)
def test_what_google_refuses_is_refused(collections: list[Any], asked: Find | Aggregate) -> None:
    ours, google = (ranked(outcome_of(asked.run, collection)) for collection in collections)

    assert ours == google
