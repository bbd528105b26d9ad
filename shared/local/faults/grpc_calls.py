"""gRPC calls that go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults
    from shared.local.faults.plan import Place


Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class FaultInterceptor(grpc.ServerInterceptor):
    """Let every call of a server meet its faults, but for the platform's own methods."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Handler | None], details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """Return the handler of a call, with its faults."""
        handler = continuation(details)
        service, _, method = details.method.removeprefix("/").partition("/")
        if handler is None or service.startswith("playhead."):
            return handler
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._stream(method, handler.unary_stream), handler.request_deserializer, handler.response_serializer
            )
        return grpc.unary_unary_rpc_method_handler(
            self._answer(method, handler.unary_unary), handler.request_deserializer, handler.response_serializer
        )

    def _answer(self, method: str, call: Any) -> Callable[[Any, grpc.ServicerContext], Any]:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            self._meet("call", method, context)
            response = call(request, context)
            self._meet("answer", method, context)
            return response

        return answer

    def _stream(self, method: str, call: Any) -> Callable[[Any, grpc.ServicerContext], Iterator[Any]]:
        def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            self._meet("call", method, context)
            responses = list(call(request, context))
            self._meet("answer", method, context)
            yield from responses

        return stream

    def _meet(self, at: Place, method: str, context: grpc.ServicerContext) -> None:
        armed = self._faults.meet(at, {"method": method})
        if armed and armed.fault.code:
            context.abort(grpc.StatusCode[armed.fault.code], "a fault of the plan")
