"""The server: the parts put together, and each request sent to the API that its path belongs to."""

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.local.faults.asgi import FaultyApp
from shared.local.storage.backend import open_backend
from shared.local.storage.batch import answer_batch
from shared.local.storage.config import StorageConfig
from shared.local.storage.counters import Counters, TrafficMeter
from shared.local.storage.delivery import Courier
from shared.local.storage.errors import StorageError, json_error, xml_error
from shared.local.storage.json_api import JsonApi
from shared.local.storage.lifecycle import Lifecycle
from shared.local.storage.routing import Call
from shared.local.storage.signing import SignatureVerifier
from shared.local.storage.upload_api import UploadApi
from shared.local.storage.xml_api import XmlApi

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults

_CLIENT_LEFT = 499


class Gateway:
    """The one place that every request for buckets and objects passes."""

    def __init__(self, json_api: JsonApi, upload_api: UploadApi, xml_api: XmlApi) -> None:
        self._json_api = json_api
        self._upload_api = upload_api
        self._xml_api = xml_api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        raw_path = request.scope["raw_path"].decode()
        is_xml = not raw_path.startswith(("/storage/", "/download/", "/upload/", "/batch/"))
        try:
            if is_xml:
                return await self._xml_api.answer(request)
            if raw_path.startswith("/upload/"):
                return await self._upload_api.answer(request)
            return await self._respond_json(request, raw_path)
        except StorageError as error:
            return xml_error(error) if is_xml else json_error(error)
        except ClientDisconnect:
            # Nobody reads this; what was begun for the request is undone by now.
            return Response(status_code=_CLIENT_LEFT)

    async def _respond_json(self, request: Request, raw_path: str) -> Response:
        body = await request.body()
        if raw_path.startswith("/batch/"):
            content_type = request.headers.get("content-type", "")
            return await run_in_threadpool(answer_batch, self._json_api, content_type, body)
        call = Call(request.method, raw_path, request.query_params, request.headers, body)
        return await run_in_threadpool(self._json_api.answer, call)


def build_app(config: StorageConfig, folder: Path, base_url: str, faults: "Faults | None" = None) -> ASGIApp:
    """Open what is kept in `folder`, start the background threads and return the app.

    With `faults` it must be served over `CuttableProtocol`.
    """
    backend = open_backend(config, folder, base_url)
    Courier(backend.outbox, base_url, config.issuer, config.identity_key, faults).start(config.receivers)
    Lifecycle(backend).start()
    xml_api = XmlApi(backend, SignatureVerifier(config.accounts))
    gateway = Gateway(JsonApi(backend), UploadApi(backend), xml_api)
    return _with_middleware(FaultyApp(gateway, faults) if faults else gateway, backend.counters)


def _with_middleware(gateway: ASGIApp, counters: Counters) -> ASGIApp:
    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def show_counters(_request: Request) -> Response:
        return JSONResponse(counters.snapshot())

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/_playhead/counters", show_counters),
            Mount("/", gateway),
        ],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["*"],
                allow_headers=["*"],
                expose_headers=["*"],
                max_age=3600,
            ),
            Middleware(TrafficMeter, counters=counters),
        ],
    )
