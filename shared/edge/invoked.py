"""What steps, triggers and jobs share: functions that only the platform itself may call."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Request, Response

from shared.edge.answers import JSON
from shared.edge.oidc import require_invoker
from shared.errors import PlayheadError
from shared.logs import configure_logs
from shared.settings import settings
from shared.tracing import enter_span

log = logging.getLogger("playhead.edge")


def serve_invoked(name: str, account: str, request: Request, work: Callable[[], Response]) -> Response:
    """Answer a call of `account` with what `work` answers; a failure is a 500, which makes the platform try again."""
    started = time.monotonic()
    configure_logs(settings().log_level)
    enter_span(request.headers.get("traceparent"))
    try:
        require_invoker(
            request.headers.get("Authorization"),
            account=account,
            audience=settings().url_of(name),
            settings=settings(),
        )
        response = work()
    except PlayheadError as error:
        log.log(
            logging.ERROR if error.status >= 500 else logging.WARNING,
            "%s: %s",
            name,
            error.message,
            exc_info=error.__cause__,
        )
        response = reply({"error": error.message}, error.status)
    except Exception:
        log.exception("unhandled error in %s", name)
        response = reply({"error": "internal"}, 500)
    latency_ms = round((time.monotonic() - started) * 1000)
    log.info("%s %s", name, response.status_code, extra={"fields": {"function": name, "latency_ms": latency_ms}})
    return response


def reply(body: Mapping[str, Any], status: int = 200) -> Response:
    """A small JSON answer for the platform's own logs."""
    return Response(json.dumps(body), status, mimetype=JSON)
