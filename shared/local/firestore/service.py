"""The methods of `google.firestore.v1.Firestore` that the Python client calls.

Each takes the request and returns the response, or an iterable of responses where the protocol streams.
"""

from collections.abc import Iterator

import grpc
from google.protobuf.empty_pb2 import Empty

from shared.local.firestore.aggregation import aggregate, aggregated_paths
from shared.local.firestore.document_rules import check_collection, check_document_name
from shared.local.firestore.errors import Refused, invalid
from shared.local.firestore.fields import check_paths, project
from shared.local.firestore.listing import Listing
from shared.local.firestore.query import parse_query
from shared.local.firestore.store import Store
from shared.local.firestore.wire import (
    BatchGetDocumentsResponse,
    BatchWriteResponse,
    BeginTransactionResponse,
    CommitResponse,
    ListCollectionIdsResponse,
    ListDocumentsResponse,
    Message,
    RunAggregationQueryResponse,
    RunQueryResponse,
    timestamp,
)
from shared.local.firestore.write_rules import check_separate_writes


class FirestoreService:
    """The protocol over a store. All methods raise Refused."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def BatchGetDocuments(self, request: Message) -> Iterator[Message]:
        """Return documents by name, in any order; each is found or missing."""
        for name in request.documents:
            check_document_name(name)
        check_paths(request.mask.field_paths)
        documents = self._store.get(request.documents, _transaction_id(request))
        read_time = timestamp(self._store.tick())
        for name, document in zip(dict.fromkeys(request.documents), documents, strict=True):
            if document is None:
                yield BatchGetDocumentsResponse(missing=name, read_time=read_time)
            else:
                found = _masked(document.message, request)
                yield BatchGetDocumentsResponse(found=found, read_time=read_time)

    def RunQuery(self, request: Message) -> Iterator[Message]:
        """Return the documents that a query finds, in order."""
        _refuse_unserved(request, request.structured_query)
        query = parse_query(request.parent, request.structured_query)
        documents = self._store.find(query, _transaction_id(request))
        read_time = timestamp(self._store.tick())
        for document in documents:
            selected = document.message if query.projection is None else project(document.message, query.projection)
            yield RunQueryResponse(document=selected, read_time=read_time)
        yield RunQueryResponse(read_time=read_time)

    def RunAggregationQuery(self, request: Message) -> Iterator[Message]:
        """Return counts, sums and averages over what a query finds."""
        aggregation = request.structured_aggregation_query
        _refuse_unserved(request, aggregation.structured_query)
        aggregated = aggregated_paths(aggregation.aggregations)
        query = parse_query(request.parent, aggregation.structured_query, aggregated)
        documents = self._store.find_to_aggregate(query, _transaction_id(request))
        result = aggregate(aggregation.aggregations, documents)
        yield RunAggregationQueryResponse(result=result, read_time=timestamp(self._store.tick()))

    def Commit(self, request: Message) -> Message:
        """Apply writes, all or none."""
        results, commit_us = self._store.commit(request.writes, request.transaction)
        return CommitResponse(write_results=results, commit_time=timestamp(commit_us))

    def BatchWrite(self, request: Message) -> Message:
        """Apply writes, each by itself, and say for each how it went."""
        check_separate_writes(request.writes)
        response = BatchWriteResponse()
        for write in request.writes:
            try:
                results, _ = self._store.commit([write])
                response.write_results.extend(results)
                response.status.add()
            except Refused as refusal:
                response.write_results.add()
                response.status.add(code=refusal.status.value[0], message=refusal.message)
        return response

    def BeginTransaction(self, request: Message) -> Message:
        """Start a transaction."""
        _refuse_read_time(request.options.read_only.HasField("read_time"))
        read_only = request.options.HasField("read_only")
        return BeginTransactionResponse(transaction=self._store.begin(read_only=read_only))

    def Rollback(self, request: Message) -> Empty:
        """End a transaction without writing."""
        self._store.roll_back(request.transaction)
        return Empty()

    def ListDocuments(self, request: Message) -> Message:
        """Return a page of the documents of a collection, by name."""
        check_collection(request.parent, request.collection_id)
        check_paths(request.mask.field_paths)
        if request.page_size < 0:
            raise invalid("The page size is negative.")
        listing = Listing(
            path=f"{request.parent}/{request.collection_id}",
            show_missing=request.show_missing,
            page_size=request.page_size,
            after=request.page_token,
        )
        page = self._store.list_page(listing)
        documents = [_masked(document, request) for document in page.documents]
        return ListDocumentsResponse(documents=documents, next_page_token=page.next_after)

    def ListCollectionIds(self, request: Message) -> Message:
        """Return the ids of the collections below a document or database, on one page."""
        check_collection(request.parent)
        return ListCollectionIdsResponse(collection_ids=self._store.list_collection_ids(request.parent))


def _masked(document: Message, request: Message) -> Message:
    return project(document, tuple(request.mask.field_paths)) if request.HasField("mask") else document


def _transaction_id(request: Message) -> bytes:
    """Return the id of the transaction that a read belongs to, empty for none."""
    _refuse_read_time(request.WhichOneof("consistency_selector") not in (None, "transaction"))
    transaction_id: bytes = request.transaction
    return transaction_id


def _refuse_read_time(asked: bool) -> None:
    if asked:
        message = "Reads in the past, and transactions begun by a read, are not served here."
        raise Refused(grpc.StatusCode.UNIMPLEMENTED, message)


def _refuse_unserved(request: Message, structured_query: Message) -> None:
    if request.HasField("explain_options") or structured_query.HasField("find_nearest"):
        raise Refused(grpc.StatusCode.UNIMPLEMENTED, "Vector search and query explanation are not served here.")
