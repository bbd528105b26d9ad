"""Run a query over the documents in memory."""

import heapq
import itertools
from collections.abc import Iterable, Iterator

from shared.local.firestore.documents import Documents
from shared.local.firestore.planner import IndexScan, plan_scans
from shared.local.firestore.query import Query
from shared.local.firestore.sorted_index import database_of
from shared.local.firestore.stored_document import StoredDocument

Result = tuple[bytes, StoredDocument]
"""A document and its sort key, which no other document has."""


def run_query(query: Query, documents: Documents) -> list[StoredDocument]:
    """Return the documents that a query finds, in its order; they are whole, whatever it selects."""
    scans = plan_scans(query, documents)
    results = _scan_collections(query, documents) if scans is None else _merge_scans(query, scans)
    end = None if query.limit is None else query.offset + query.limit
    return [document for _, document in itertools.islice(results, query.offset, end)]


def _scan_collections(query: Query, documents: Documents) -> Iterator[Result]:
    results = list(_matching(query, _candidates(query, documents)))
    results.sort(key=_sort_key)
    return iter(results)


def _merge_scans(query: Query, scans: Iterable[IndexScan]) -> Iterator[Result]:
    """Merge the scans of all rows of the filter; a document that several of them yield is one result."""
    streams = [_matching(query, scan.documents()) for scan in scans]
    for _, same in itertools.groupby(heapq.merge(*streams, key=_sort_key), key=_sort_key):
        yield next(same)


def _sort_key(result: Result) -> bytes:
    return result[0]


def _matching(query: Query, candidates: Iterable[StoredDocument]) -> Iterator[Result]:
    """Yield the candidates that pass the filter and lie between the cursors."""
    within = query.parent + "/"
    for document in candidates:
        if not query.where.matches(document) or not document.name.startswith(within):
            continue
        key = query.sort_key(document)
        if key is not None and query.low <= key < query.high:
            yield key, document


def _candidates(query: Query, documents: Documents) -> Iterator[StoredDocument]:
    if not query.all_descendants:
        yield from documents.collection(f"{query.parent}/{query.collection_id}")
        return
    for path in documents.collection_paths():
        collection_id = path.rpartition("/")[2]
        if database_of(path) == database_of(query.parent) and query.collection_id in ("", collection_id):
            yield from documents.collection(path)
