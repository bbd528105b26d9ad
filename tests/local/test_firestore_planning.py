"""A query that is read from sorted indexes finds what a scan of the collection finds."""

from collections.abc import Callable
from itertools import permutations, product
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1._helpers import encode_dict
from google.cloud.firestore_v1.base_query import FieldFilter, Or
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.local.firestore.documents import Documents
from shared.local.firestore.engine import run_query
from shared.local.firestore.planner import plan_scans
from shared.local.firestore.query import Query, parse_query
from shared.local.firestore.schema import Index, IndexField, Mode
from shared.local.firestore.sorted_index import SortedIndex
from shared.local.firestore.stored_document import StoredDocument
from shared.local.firestore.wire import Document
from tests.local.firestore_server import CREDENTIALS

PARENT = "projects/demo/databases/(default)/documents"
CLIENT: Any = firestore.Client(project="demo", credentials=CREDENTIALS)

VALUES = [None, 0, 1, 2, "x"]
values = st.sampled_from(VALUES)
ranges = st.builds(FieldFilter, st.sampled_from("ab"), st.sampled_from(["<", "<=", ">", ">="]), st.integers(0, 2))
equalities = st.builds(FieldFilter, st.sampled_from("ab"), st.just("=="), values)
choices = st.builds(FieldFilter, st.sampled_from("ab"), st.just("in"), st.lists(values, min_size=1, max_size=2))
filters = ranges | equalities | choices
disjunctions = st.builds(Or, st.lists(filters, min_size=2, max_size=2))
orders = st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=2, unique_by=lambda order: order[0])


@st.composite
def queries(draw: Callable[..., Any]) -> Query:
    """Draw a query over the fields a and b of a collection."""
    built = CLIENT.collection("notes")
    for each in draw(st.lists(filters | disjunctions, max_size=2)):
        built = built.where(filter=each)
    ordered = draw(orders)
    for path, descending in ordered:
        built = built.order_by(path, direction="DESCENDING" if descending else "ASCENDING")
    if ordered:
        for cursor in draw(st.sets(st.sampled_from(["start", "end"]))):
            position = [draw(values) for _ in ordered]
            built = getattr(built, f"{cursor}_{draw(st.sampled_from(CURSORS[cursor]))}")(position)
    built = built.offset(draw(st.integers(0, 2)))
    limit = draw(st.none() | st.integers(0, 4))
    return parse_query(PARENT, (built if limit is None else built.limit(limit))._to_protobuf()._pb)


CURSORS = {"start": ["at", "after"], "end": ["at", "before"]}


def document(number: int, fields: dict[str, Any]) -> StoredDocument:
    """Return a document as the server holds it."""
    encoded = {name: value._pb for name, value in encode_dict(fields).items()}
    return StoredDocument(Document(name=f"{PARENT}/notes/{number:02}", fields=encoded))


def population() -> list[StoredDocument]:
    """Return documents with every combination of values of a and b, and without one or both."""
    choices = [{}, *({"v": value} for value in VALUES)]
    pairs = product(choices, repeat=2)
    fields = ({path: one["v"] for path, one in zip("ab", pair, strict=True) if one} for pair in pairs)
    return [document(number, each) for number, each in enumerate(fields)]


def all_indexes() -> list[SortedIndex]:
    """Return every index over the fields a and b, in all orders and directions."""
    indexes = []
    for paths in ((), ("a",), ("b",), *permutations("ab")):
        for modes in product((Mode.ASCENDING, Mode.DESCENDING), repeat=len(paths) + 1):
            fields = tuple(IndexField(path, mode) for path, mode in zip((*paths, "__name__"), modes, strict=True))
            indexes.append(SortedIndex(Index("notes", group=False, fields=fields)))
    return indexes


@settings(max_examples=200, deadline=None)
@given(query=queries(), moves=st.dictionaries(st.integers(0, 35), st.integers(0, 35), max_size=5))
def test_an_index_yields_what_a_scan_finds(query: Query, moves: dict[int, int]) -> None:
    documents = population()
    indexed = Documents(all_indexes())
    indexed.load(documents[:20])
    for added in documents[20:]:
        indexed.put(added)
    for number, other in moves.items():
        if number == other:
            indexed.remove(documents[number].name)
        else:
            indexed.put(document(number, {"a": other % 3, "b": other % 2}))

    found = run_query(query, indexed)

    assert plan_scans(query, indexed) is not None
    assert found == run_query(query, indexed.snapshot())


def test_a_page_deep_in_a_list_touches_as_few_documents_as_the_first() -> None:
    index = SortedIndex(
        Index("notes", group=False, fields=(IndexField("a", Mode.DESCENDING), IndexField("__name__", Mode.DESCENDING)))
    )
    indexed = Documents([index])
    indexed.load(document(number, {"a": number}) for number in range(1000))
    deep = CLIENT.collection("notes").order_by("a", direction="DESCENDING").start_after([10])

    scans = plan_scans(parse_query(PARENT, deep._to_protobuf()._pb), indexed)

    assert scans is not None
    touched = [found.name.rpartition("/")[2] for scan in scans for found in scan.documents()]
    assert touched == [f"{number:02}" for number in range(9, -1, -1)]
