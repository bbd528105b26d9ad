"""Bodies of senders without credentials, who sign what they send."""

from __future__ import annotations

from typing import Generic, TypeVar

from flask import Request
from werkzeug.datastructures import Headers

from shared.edge.bodies import parse_body, read_body
from shared.structs import Struct
from shared.wire import WireModel

Model = TypeVar("Model", bound=WireModel)


class ReceivedBody(Struct, Generic[Model], frozen=True):
    """`SignedBody` of one request: all of its bytes, and the model that it is parsed as once somebody trusts it."""

    raw: bytes
    _headers: Headers
    _model: type[Model]

    def header(self, *names: str) -> str | None:
        return next((self._headers[name] for name in names if name in self._headers), None)

    def parse(self) -> Model:
        return parse_body(self.raw, self._model)


def receive(request: Request, model: type[Model], *, cap_bytes: int | None) -> ReceivedBody[Model]:
    """The body of a request, whole.

    Raises:
        TooLarge: it is larger than `cap_bytes`, or than the model says.
        InvalidRequest: it was cut short.
    """
    raw = read_body(request, cap_bytes=cap_bytes, inflated_cap_bytes=model.max_body_bytes)
    return ReceivedBody(raw, request.headers, model)
