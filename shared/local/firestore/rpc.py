"""The gRPC server: the Firestore protocol, and two methods of our own for the platform.

`playhead.local.Firestore/Health` answers Empty as soon as requests are served, and
`playhead.local.Firestore/Counters` a Struct of `reads`, `writes` and `deletes` (documents, see `store`).
Every call passes `_answer` or `_stream`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeAlias

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct

from shared.local.faults.grpc_calls import FaultInterceptor
from shared.local.firestore import wire
from shared.local.firestore.errors import Refused
from shared.local.firestore.service import FirestoreService
from shared.local.firestore.store import Store
from shared.local.firestore.wire import Message

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults

FIRESTORE = "google.firestore.v1.Firestore"
PLATFORM = "playhead.local.Firestore"
MAX_REQUEST_BYTES = 10 * 1024 * 1024
_THREADS = 32

Handlers: TypeAlias = "dict[str, grpc.RpcMethodHandler[Message, Message]]"

_STREAMING = ("BatchGetDocuments", "RunQuery", "RunAggregationQuery")
_UNARY = (
    "BatchWrite",
    "BeginTransaction",
    "Commit",
    "ListCollectionIds",
    "ListDocuments",
    "Rollback",
)


def start_server(store: Store, port: int, faults: Faults | None = None) -> grpc.Server:
    """Serve a store on 127.0.0.1 and return the running server; keep it, for it ends with its last reference.

    Raises: OSError when the port is taken.
    """
    options = [("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", MAX_REQUEST_BYTES)]
    server = grpc.server(
        ThreadPoolExecutor(_THREADS), interceptors=[FaultInterceptor(faults)] if faults else [], options=options
    )
    handlers = [
        grpc.method_handlers_generic_handler(FIRESTORE, _firestore_handlers(FirestoreService(store))),
        grpc.method_handlers_generic_handler(PLATFORM, _platform_handlers(store)),
    ]
    server.add_generic_rpc_handlers(handlers)
    try:
        server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise OSError(f"cannot listen on port {port}") from error
    server.start()
    return server


def _firestore_handlers(service: FirestoreService) -> Handlers:
    handlers = {}
    for name in _UNARY:
        handlers[name] = grpc.unary_unary_rpc_method_handler(
            _answer(getattr(service, name)), _request_type(name).FromString, _serialize
        )
    for name in _STREAMING:
        handlers[name] = grpc.unary_stream_rpc_method_handler(
            _stream(getattr(service, name)), _request_type(name).FromString, _serialize
        )
    return handlers


def _platform_handlers(store: Store) -> Handlers:
    def health(_: Message) -> Message:
        return Empty()

    def counters(_: Message) -> Message:
        struct = Struct()
        struct.update(asdict(store.counters))
        return struct

    return {
        "Health": grpc.unary_unary_rpc_method_handler(_answer(health), Empty.FromString, _serialize),
        "Counters": grpc.unary_unary_rpc_method_handler(_answer(counters), Empty.FromString, _serialize),
    }


def _answer(method: Callable[[Message], Message]) -> Callable[[Message, grpc.ServicerContext], Message]:
    def answer(request: Message, context: grpc.ServicerContext) -> Message:
        try:
            return method(request)
        except Refused as refusal:
            context.abort(refusal.status, refusal.message)

    return answer


def _stream(
    method: Callable[[Message], Iterator[Message]],
) -> Callable[[Message, grpc.ServicerContext], Iterator[Message]]:
    def stream(request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        try:
            yield from method(request)
        except Refused as refusal:
            context.abort(refusal.status, refusal.message)

    return stream


def _request_type(method: str) -> Message:
    return getattr(wire, f"{method}Request")


def _serialize(response: Message) -> bytes:
    serialized: bytes = response.SerializeToString()
    return serialized
