"""`@on_finalized`: turn a handler into a function that storage calls when an object is complete."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any

import flask
import functions_framework
from flask import Response

from shared.edge.declarations import as_function, ports_of
from shared.edge.invocables import Trigger
from shared.edge.invoked import reply, serve_invoked
from shared.errors import InvalidRequest
from shared.recordings.recording import Bucket, StoredObject
from shared.settings import settings

Handler = Callable[..., None]


def on_finalized(*, bucket: Bucket, memory_mb: int = 512, timeout_s: int = 60) -> Callable[[Handler], FunctionType]:
    """Declare a trigger: `@on_finalized(bucket=Bucket.UPLOADS)` over `def triggers_…(event: StoredObject, …ports)`.

    Events come at least once; a handler that raises gets the event again for 24 h.
    """

    def declare(handler: Handler) -> FunctionType:
        ports, _ = ports_of(handler, known={"event"})
        spec = Trigger(
            name=handler.__name__,
            handler=handler,
            ports=ports,
            bucket=bucket,
            memory_mb=memory_mb,
            timeout_s=timeout_s,
        )

        @functools.wraps(handler)
        def entry(event: Any) -> None:
            account = settings().trigger_invoker
            request = flask.request
            response = serve_invoked(spec.name, account, request, lambda: _deliver(spec, event.data))
            if response.status_code >= 300:
                flask.abort(response)  # the framework answers 200 to whatever a handler returns

        return as_function(entry, spec, functions_framework.cloud_event)

    return declare


def _deliver(spec: Trigger, finalized: dict[str, Any]) -> Response:
    spec.handler(event=_event(spec, finalized), **spec.adapters())
    return reply({"verdict": "done"})


def _event(spec: Trigger, finalized: dict[str, Any]) -> StoredObject:
    try:
        return StoredObject(
            bucket=Bucket(spec.bucket),
            name=finalized["name"],
            generation=int(finalized["generation"]),
            size_bytes=int(finalized["size"]),
            content_type=finalized.get("contentType") or "application/octet-stream",
        )
    except (KeyError, TypeError, ValueError):
        raise InvalidRequest("not an event of a finalized object") from None  # its values are not for the log
