"""`@every`: turn a handler into a function that the scheduler calls."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType

import functions_framework
from flask import Request, Response

from shared.edge.declarations import as_function, ports_of
from shared.edge.invocables import Job
from shared.edge.invoked import reply, serve_invoked
from shared.recordings.attending import Swept
from shared.settings import settings

Handler = Callable[..., Swept]


def every(schedule: str, *, memory_mb: int = 512, timeout_s: int = 300) -> Callable[[Handler], FunctionType]:
    """Declare a job by its cron schedule (UTC): `@every("*/5 * * * *")` over `def jobs_…(…ports) -> Swept`."""

    def declare(handler: Handler) -> FunctionType:
        ports, _ = ports_of(handler, known=set())
        spec = Job(
            name=handler.__name__,
            handler=handler,
            ports=ports,
            schedule=schedule,
            memory_mb=memory_mb,
            timeout_s=timeout_s,
            concurrency=1,
        )

        @functools.wraps(handler)
        def entry(request: Request) -> Response:
            account = settings().job_invoker
            return serve_invoked(spec.name, account, request, lambda: reply(spec.handler(**spec.adapters()).to_json()))

        return as_function(entry, spec, functions_framework.http)

    return declare
