"""A query is answered exactly when production has, or was told to have, an index for it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or

from tests.local.firestore_server import FirestoreServer
from tests.local.oracle_exemptions import NO_INDEXES, only_ours

pytest_plugins = ["tests.local.firestore_fixtures"]

Build = Callable[[Any], Any]


def field(path: str, op: str, value: Any) -> FieldFilter:
    """Compare one field."""
    return FieldFilter(path, op, value)


def query(*filters: Any, order: str = "", group: bool = False, collection: str = "restaurants") -> Build:
    """Return how to build a query; `order` reads `stars, -price`, where `-` is descending."""

    def build(db: Any) -> Any:
        built = db.collection_group(collection) if group else db.collection(collection)
        for each in filters:
            built = built.where(filter=each)
        for path in filter(None, order.split(", ")):
            direction = "DESCENDING" if path.startswith("-") else "ASCENDING"
            built = built.order_by(path.removeprefix("-"), direction=direction)
        return built

    return build


CITY, CATEGORY, NAME = field("city", "==", "Ghent"), field("category", "==", "fish"), field("name", "==", "x")

NEEDS_NO_DECLARED_INDEX = {
    "everything": query(),
    "one equality": query(CITY),
    "several equalities": query(CITY, CATEGORY, NAME),
    "in": query(field("city", "in", ["Ghent", "Bruges"])),
    "in and an equality": query(field("city", "in", ["Ghent", "Bruges"]), NAME),
    "a disjunction of equalities": query(Or([CITY, And([CATEGORY, NAME])])),
    "a range": query(field("stars", ">", 1), field("stars", "<=", 3)),
    "a range with its own order": query(field("stars", ">", 1), order="-stars"),
    "not equal": query(field("stars", "!=", 1)),
    "one order": query(order="stars"),
    "one descending order": query(order="-stars, -__name__"),
    "the order of a field that is equal to one value": query(CITY, NAME, order="city"),
    "array contains": query(field("tags", "array_contains", "x")),
    "array contains any and an equality": query(field("tags", "array_contains_any", ["x", "y"]), CITY),
    "the order of names": query(order="__name__"),
    "an equality in the order of names": query(CITY, order="__name__"),
    "an equality in the reverse order of names": query(CITY, order="-__name__"),
    "a collection group": query(group=True),
}

SERVED_BY_A_DECLARED_INDEX = {
    "an equality, then an order": query(CITY, order="stars"),
    "an equality, then a range": query(CITY, field("stars", ">", 3)),
    "the order of names spelled out": query(CITY, order="stars, __name__"),
    "a range with its order": query(CITY, field("stars", ">", 3), order="stars"),
    "in, then an order": query(field("city", "in", ["Ghent", "Bruges"]), order="stars"),
    "an equality on a descending field": query(CATEGORY, order="stars"),
    "two merged indexes": query(CATEGORY, CITY, order="stars"),
    "a disjunction with an index for each side": query(Or([CITY, CATEGORY]), order="stars"),
    "a disjunction with a range": query(Or([CITY, field("stars", ">", 3)])),
    "two orders": query(order="-stars, price, -__name__"),
    "array contains, then an order": query(field("tags", "array_contains", "x"), order="-stars"),
    "a collection group": query(field("open", "==", True), group=True),
}

NEEDS_AN_INDEX = {
    "an index is not read backwards": (
        query(CITY, order="-stars"),
        "restaurants(city ASC, stars DESC, __name__ DESC)",
    ),
    "the names run the other way": (
        query(order="-stars, price"),
        "restaurants(stars DESC, price ASC, __name__ ASC)",
    ),
    "a longer index is no index": (
        query(field("stars", "==", 3), order="price"),
        "restaurants(stars ASC, price ASC, __name__ ASC)",
    ),
    "merging lacks one equality": (
        query(CITY, NAME, order="stars"),
        "restaurants(city ASC, name ASC, stars ASC, __name__ ASC)",
    ),
    "an equality, then a range": (
        query(CITY, field("price", "<", 10)),
        "restaurants(city ASC, price ASC, __name__ ASC)",
    ),
    "two ranges": (
        query(field("stars", ">", 3), field("price", "<", 10)),
        "restaurants(price ASC, stars ASC, __name__ ASC)",
    ),
    "a range comes behind the order": (
        query(field("price", "!=", 10), order="stars"),
        "restaurants(stars ASC, price ASC, __name__ ASC)",
    ),
    "in, then an order": (
        query(field("city", "in", ["Ghent", "Bruges"]), order="price"),
        "restaurants(city ASC, price ASC, __name__ ASC)",
    ),
    "in, in its own order": (
        query(field("city", "in", ["Ghent", "Bruges"]), NAME, order="city"),
        "restaurants(name ASC, city ASC, __name__ ASC)",
    ),
    "array contains, then an order": (
        query(field("tags", "array_contains", "x"), order="stars"),
        "restaurants(tags CONTAINS, stars ASC, __name__ ASC)",
    ),
    "one side of a disjunction": (
        query(Or([CITY, NAME]), order="stars"),
        "restaurants(name ASC, stars ASC, __name__ ASC)",
    ),
    "the reverse order of names": (
        query(order="-__name__"),
        "restaurants(__name__ DESC)",
    ),
    "an order against the names": (
        query(order="stars, -__name__"),
        "restaurants(stars ASC, __name__ DESC)",
    ),
    "a collection group has no automatic indexes": (
        query(CITY, group=True),
        "collection group restaurants(city ASC, __name__ ASC)",
    ),
    "a collection that nothing is declared of": (
        query(CITY, order="stars", collection="hotels"),
        "hotels(city ASC, stars ASC, __name__ ASC)",
    ),
}


@pytest.mark.parametrize("build", NEEDS_NO_DECLARED_INDEX.values(), ids=NEEDS_NO_DECLARED_INDEX)
def test_a_query_that_automatic_indexes_serve_is_answered(db: Any, build: Build) -> None:
    assert build(db).get() == []
    assert build(db).count().get()[0][0].value == 0


@pytest.mark.parametrize("build", SERVED_BY_A_DECLARED_INDEX.values(), ids=SERVED_BY_A_DECLARED_INDEX)
def test_a_query_that_declared_indexes_serve_is_answered(db: Any, build: Build) -> None:
    assert build(db).get() == []
    assert build(db).count().get()[0][0].value == 0


@only_ours(NO_INDEXES)
@pytest.mark.parametrize(("build", "needed"), NEEDS_AN_INDEX.values(), ids=NEEDS_AN_INDEX)
def test_a_query_without_its_index_is_refused_and_the_index_named(db: Any, build: Build, needed: str) -> None:
    message = re.escape(f"The query requires an index: {needed}.")

    with pytest.raises(FailedPrecondition, match=message):
        build(db).get()
    with pytest.raises(FailedPrecondition, match=message):
        build(db).count().get()


@only_ours(NO_INDEXES)
def test_limit_to_last_needs_the_index_of_the_reverse_order(db: Any) -> None:
    with pytest.raises(FailedPrecondition, match=r"restaurants\(city ASC, stars DESC, __name__ DESC\)"):
        query(CITY, order="stars")(db).limit_to_last(1).get()


def test_enforcement_can_be_switched_off(own_firestore: FirestoreServer) -> None:
    own_firestore.start("--no-index-enforcement")
    db = own_firestore.client()
    db.collection("hotels").document("a").set({"city": "Ghent", "stars": 3})

    found = query(CITY, order="-stars", collection="hotels")(db).get()

    assert [snapshot.id for snapshot in found] == ["a"]
