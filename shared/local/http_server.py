"""Serving an ASGI application on one machine: what the parts that speak HTTP have in common."""

from typing import TYPE_CHECKING

import uvicorn

from shared.local.faults.asgi import CuttableProtocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from shared.local.faults.faults import Faults

# Longer than clients keep a pooled connection idle: a request must not meet a connection that just closes.
_KEEP_ALIVE_S = 300
_SHUTDOWN_S = 1


def serve(app: "ASGIApp", *, port: int, faults: "Faults | None") -> None:
    """Serve on 127.0.0.1 until SIGTERM; with `faults` a connection may be cut."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="asyncio",
        http=CuttableProtocol if faults else "h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
