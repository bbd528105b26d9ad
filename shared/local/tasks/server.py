"""The gRPC door: Google's service, and two methods of our own for the supervisor and for benchmarks.

google.cloud.tasks.v2.CloudTasks    see service.py
playhead.local.Tasks/Health         Empty → Empty, answered as soon as tasks can be created
playhead.local.Tasks/Counters       Empty → Struct: events since the start, tasks `pending` and `in_flight`
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
from google.cloud import tasks_v2
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct

from shared.local.faults.grpc_calls import FaultInterceptor
from shared.local.tasks.counters import Counters
from shared.local.tasks.dispatcher import Dispatcher
from shared.local.tasks.errors import Refused
from shared.local.tasks.service import CloudTasks
from shared.local.tasks.store import Store

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults

_CALL_THREADS = 8
_METHODS = (
    "CreateQueue",
    "GetQueue",
    "ListQueues",
    "UpdateQueue",
    "DeleteQueue",
    "PauseQueue",
    "ResumeQueue",
    "PurgeQueue",
    "CreateTask",
    "GetTask",
    "ListTasks",
    "DeleteTask",
    "RunTask",
)


def start_server(
    port: int, store: Store, dispatcher: Dispatcher, counters: Counters, faults: "Faults | None" = None
) -> grpc.Server:
    """Serve on 127.0.0.1; keep the returned server, or clients hang."""
    server = grpc.server(
        ThreadPoolExecutor(_CALL_THREADS),
        interceptors=[FaultInterceptor(faults)] if faults else [],
        options=[("grpc.so_reuseport", 0)],
    )
    service = CloudTasks(store, dispatcher, counters)
    handlers = {method: _handler(getattr(service, method), _request(method)) for method in _METHODS}
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler("google.cloud.tasks.v2.CloudTasks", handlers),
            grpc.method_handlers_generic_handler("playhead.local.Tasks", _own_handlers(store, dispatcher, counters)),
        )
    )
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server


def _request(method: str) -> Any:
    return getattr(tasks_v2, f"{method}Request")


def _handler(call: Callable[[Any], Any], request_type: Any) -> "grpc.RpcMethodHandler[Any, Any]":
    """Return the gRPC handler of one method: every call of this server passes here."""

    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return call(request)
        except Refused as refusal:
            context.abort(refusal.status, refusal.message)

    return grpc.unary_unary_rpc_method_handler(
        answer, request_deserializer=request_type.deserialize, response_serializer=_encode
    )


def _encode(message: Any) -> bytes:
    if hasattr(message, "SerializeToString"):
        return bytes(message.SerializeToString())
    return bytes(type(message).serialize(message))


def _own_handlers(
    store: Store, dispatcher: Dispatcher, counters: Counters
) -> "dict[str, grpc.RpcMethodHandler[Any, Any]]":
    def count(_request: Empty, _context: grpc.ServicerContext) -> Struct:
        counts = Struct()
        counts.update({**counters.snapshot(), "pending": store.task_count(), "in_flight": dispatcher.in_flight()})
        return counts

    def answer_health(request: Empty, _context: grpc.ServicerContext) -> Empty:
        return request

    return {"Counters": _own_handler(count), "Health": _own_handler(answer_health)}


def _own_handler(call: Callable[[Empty, grpc.ServicerContext], Any]) -> "grpc.RpcMethodHandler[Any, Any]":
    return grpc.unary_unary_rpc_method_handler(call, request_deserializer=Empty.FromString, response_serializer=_encode)
