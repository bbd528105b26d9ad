"""A query that is read from sorted indexes finds what a scan of the collection finds."""

from collections.abc import Callable
from itertools import permutations, product
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1._helpers import encode_dict
from google.cloud.firestore_v1.base_query import FieldFilter, Or
from hypothesis import given
from hypothesis import strategies as st

from shared.local.firestore.documents import Documents
from shared.local.firestore.engine import run_query
from shared.local.firestore.planner import plan_scans
from shared.local.firestore.query import Query, parse_query
from shared.local.firestore.schema import Index, IndexField, Mode
from shared.local.firestore.sorted_index import SortedIndex
from shared.local.firestore.stored_document import StoredDocument
from shared.local.firestore.wire import Document

PARENT = "projects/demo/databases/(default)/documents"
CLIENT: Any = firestore.Client(project="demo", credentials=AnonymousCredentials())

values = st.sampled_from([None, 0, 1, 1.5, 2, "x"])
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
documents = st.builds(
    lambda id, fields: StoredDocument(Document(name=f"{PARENT}/notes/{id}", fields=_encode(fields))),
    st.sampled_from("abcdefgh"),
    st.dictionaries(st.sampled_from("ab"), values),
)


def _encode(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value._pb for name, value in encode_dict(fields).items()}


def all_indexes() -> list[SortedIndex]:
    """Return every index over the fields a and b, in all orders and directions."""
    indexes = []
    for paths in ((), ("a",), ("b",), *permutations("ab")):
        for modes in product((Mode.ASCENDING, Mode.DESCENDING), repeat=len(paths) + 1):
            fields = tuple(IndexField(path, mode) for path, mode in zip((*paths, "__name__"), modes, strict=True))
            indexes.append(SortedIndex(Index("notes", group=False, fields=fields)))
    return indexes


@given(
    loaded=st.lists(documents, unique_by=lambda document: document.name),
    put=st.lists(documents, max_size=8),
    removed=st.sets(st.sampled_from("abcdefgh"), max_size=3),
    query=queries(),
)
def test_an_index_yields_what_a_scan_finds(
    loaded: list[StoredDocument], put: list[StoredDocument], removed: set[str], query: Query
) -> None:
    indexed = Documents(all_indexes())
    indexed.load(loaded)
    for document in put:
        indexed.put(document)
    for id in removed:
        indexed.remove(f"{PARENT}/notes/{id}")

    scanned = indexed.snapshot()

    assert plan_scans(query, indexed) is not None
    assert run_query(query, indexed) == run_query(query, scanned)


def test_a_page_deep_in_a_list_touches_as_few_documents_as_the_first() -> None:
    index = SortedIndex(
        Index("notes", group=False, fields=(IndexField("a", Mode.DESCENDING), IndexField("__name__", Mode.DESCENDING)))
    )
    indexed = Documents([index])
    indexed.load(
        StoredDocument(Document(name=f"{PARENT}/notes/{number}", fields=_encode({"a": number})))
        for number in range(1000)
    )
    deep = CLIENT.collection("notes").order_by("a", direction="DESCENDING").start_after([10])

    scans = plan_scans(parse_query(PARENT, deep._to_protobuf()._pb), indexed)

    assert scans is not None
    assert [document.name.rpartition("/")[2] for scan in scans for document in scan.documents()] == [
        str(number) for number in range(9, -1, -1)
    ]
