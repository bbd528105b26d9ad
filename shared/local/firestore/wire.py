"""The protobuf messages of the Firestore protocol.

The Google client carries them inside proto-plus wrappers; a server wants the plain protobuf classes below
them. Neither is typed, so `Message` is `Any`, and this is the only module that says so.
"""

from typing import Any, TypeAlias

from google.cloud.firestore_v1.types import aggregation_result as _aggregation
from google.cloud.firestore_v1.types import document as _document
from google.cloud.firestore_v1.types import firestore as _firestore
from google.cloud.firestore_v1.types import query as _query
from google.cloud.firestore_v1.types import write as _write
from google.protobuf.timestamp_pb2 import Timestamp

Message: TypeAlias = Any
"""Any protobuf message; the signature or the name says which."""


def _plain(wrapper: Any) -> Any:
    return type(wrapper.pb(wrapper()))


Document = _plain(_document.Document)
Value = _plain(_document.Value)
ArrayValue = _plain(_document.ArrayValue)
Write = _plain(_write.Write)
WriteResult = _plain(_write.WriteResult)
AggregationResult = _plain(_aggregation.AggregationResult)

BatchGetDocumentsRequest = _plain(_firestore.BatchGetDocumentsRequest)
BatchGetDocumentsResponse = _plain(_firestore.BatchGetDocumentsResponse)
BatchWriteRequest = _plain(_firestore.BatchWriteRequest)
BatchWriteResponse = _plain(_firestore.BatchWriteResponse)
BeginTransactionRequest = _plain(_firestore.BeginTransactionRequest)
BeginTransactionResponse = _plain(_firestore.BeginTransactionResponse)
CommitRequest = _plain(_firestore.CommitRequest)
CommitResponse = _plain(_firestore.CommitResponse)
ListCollectionIdsRequest = _plain(_firestore.ListCollectionIdsRequest)
ListCollectionIdsResponse = _plain(_firestore.ListCollectionIdsResponse)
ListDocumentsRequest = _plain(_firestore.ListDocumentsRequest)
ListDocumentsResponse = _plain(_firestore.ListDocumentsResponse)
RollbackRequest = _plain(_firestore.RollbackRequest)
RunAggregationQueryRequest = _plain(_firestore.RunAggregationQueryRequest)
RunAggregationQueryResponse = _plain(_firestore.RunAggregationQueryResponse)
RunQueryRequest = _plain(_firestore.RunQueryRequest)
RunQueryResponse = _plain(_firestore.RunQueryResponse)

FieldOperator = _query.StructuredQuery.FieldFilter.Operator
UnaryOperator = _query.StructuredQuery.UnaryFilter.Operator
CompositeOperator = _query.StructuredQuery.CompositeFilter.Operator
Direction = _query.StructuredQuery.Direction


def timestamp(time_us: int) -> Timestamp:
    """Return a time in microseconds since 1970 as a protobuf timestamp."""
    return Timestamp(seconds=time_us // 1_000_000, nanos=time_us % 1_000_000 * 1000)


def microseconds(moment: Timestamp) -> int:
    """Return a protobuf timestamp as microseconds since 1970; Firestore keeps nothing finer."""
    return moment.seconds * 1_000_000 + moment.nanos // 1000
