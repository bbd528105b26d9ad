"""`@task`: turn a handler into a function that a queue calls, of nobody's run.

2xx  done, of no use to repeat, or given up: the queue drops it
else failed: the queue backs off and tries again

A queue never gives up by itself, so this edge does: it counts attempts by what the queue says of them.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from types import FunctionType

import functions_framework
import msgspec
from flask import Request, Response

from shared.edge.declarations import as_function, ports_of
from shared.edge.invocables import Task
from shared.edge.invoked import reply, serve_invoked
from shared.recordings.pipelines import CALLS
from shared.settings import settings

log = logging.getLogger("playhead.tasks")

Handler = Callable[..., None]


def task(
    *, max_attempts: int = 10, memory_mb: int = 512, timeout_s: int = 60, concurrency: int = 16
) -> Callable[[Handler], FunctionType]:
    """Declare a queued call: `@task()` over `def tasks_<name>(arguments: Mapping[str, str], …ports) -> None`.

    Its queue is data (`CALLS` of `shared/recordings/pipelines.py`). A call comes at least once; a handler that raises
    gets it again, `max_attempts` times in all.
    """

    def declare(handler: Handler) -> FunctionType:
        ports, _ = ports_of(handler, known={"arguments"})
        spec = Task(
            name=handler.__name__,
            handler=handler,
            ports=ports,
            queue=CALLS[handler.__name__],
            max_attempts=max_attempts,
            memory_mb=memory_mb,
            timeout_s=timeout_s,
            concurrency=concurrency,
        )

        @functools.wraps(handler)
        def entry(request: Request) -> Response:
            account = settings().step_invoker
            return serve_invoked(spec.name, account, request, lambda: _deliver(spec, request))

        return as_function(entry, spec, functions_framework.http)

    return declare


def _deliver(spec: Task, request: Request) -> Response:
    try:
        arguments = msgspec.json.decode(request.get_data(), type=dict[str, str])
    except msgspec.MsgspecError:
        log.exception("%s was sent what is no call", spec.name)
        return reply({"verdict": "malformed"})  # no repetition would mend it
    try:
        spec.handler(arguments=arguments, **spec.adapters())
    except Exception:
        if _attempt(request) >= spec.max_attempts:
            log.exception("%s is given up after %d attempts", spec.name, spec.max_attempts)
            return reply({"verdict": "given_up"})
        raise
    return reply({"verdict": "done"})


def _attempt(request: Request) -> int:
    """Which attempt this is, from 1."""
    retries = request.headers.get("X-CloudTasks-TaskRetryCount", "")
    return int(retries) + 1 if retries.isascii() and retries.isdigit() else 1
