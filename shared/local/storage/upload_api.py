"""The JSON API's uploads: in one request, in one request with metadata, or in resumable sessions."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.local.storage.backend import Backend
from shared.local.storage.bodies import read_blocks
from shared.local.storage.counters import OperationClass
from shared.local.storage.errors import InvalidRequest
from shared.local.storage.multipart import MultipartBody
from shared.local.storage.new_object import NewObject
from shared.local.storage.resources import with_links
from shared.local.storage.routing import Route, find_route, parse_object
from shared.local.storage.sessions import announced_bytes
from shared.local.storage.uploads import receive_blob

_PATH = "/upload/storage/v1/b/{bucket}/o"

# The status with which Cloud Storage confirms that an upload was cancelled.
CANCELLED = 499


class UploadApi:
    """Answer requests whose bodies are streams."""

    def __init__(self, backend: Backend) -> None:
        self._objects = backend.objects
        self._blobs = backend.blobs
        self._sessions = backend.sessions
        self._resumable = backend.resumable
        self._counters = backend.counters
        self._base_url = backend.base_url
        self._routes: list[Route[Callable[[Request, str], Awaitable[Response]]]] = [
            Route("POST", _PATH, "objects.insert", OperationClass.A, self._insert),
            Route("PUT", _PATH, "sessions.append", OperationClass.FREE, self._append),
            Route("DELETE", _PATH, "sessions.cancel", OperationClass.FREE, self._cancel),
        ]

    async def answer(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            StorageError: the upload is refused.
            ClientDisconnect: the client left.
        """
        route, path = find_route(self._routes, request.method, request.scope["raw_path"].decode())
        self._counters.count(route.operation, route.operation_class)
        return await route.handler(request, path["bucket"])

    async def _insert(self, request: Request, bucket: str) -> Response:
        match request.query_params.get("uploadType"):
            case "media":
                return await self._insert_media(request, bucket)
            case "multipart":
                return await self._insert_multipart(request, bucket)
            case "resumable":
                return await self._start_session(request, bucket)
        raise InvalidRequest("uploadType must be media, multipart or resumable")

    async def _insert_media(self, request: Request, bucket: str) -> Response:
        content_type = request.headers.get("content-type")
        new = NewObject.from_upload(bucket, {}, request.query_params, content_type)
        blob = await receive_blob(self._blobs, read_blocks(request))
        stored = await run_in_threadpool(self._objects.publish, new, blob)
        return self._resource(stored.resource())

    async def _insert_multipart(self, request: Request, bucket: str) -> Response:
        body = MultipartBody(request.headers.get("content-type", ""), read_blocks(request))
        resource = await body.read_resource()
        new = NewObject.from_upload(bucket, resource, request.query_params, body.media_type)
        blob = await receive_blob(self._blobs, body.media_blocks())
        stored = await run_in_threadpool(self._objects.publish, new, blob)
        return self._resource(stored.resource())

    async def _start_session(self, request: Request, bucket: str) -> Response:
        resource = parse_object(await request.body())
        content_type = request.headers.get("x-upload-content-type")
        new = NewObject.from_upload(bucket, resource, request.query_params, content_type)
        session_id = await run_in_threadpool(self._sessions.start, new, announced_bytes(request.headers))
        location = f"{self._base_url}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={session_id}"
        return Response(headers={"Location": location, "X-GUploader-UploadID": session_id})

    async def _append(self, request: Request, _bucket: str) -> Response:
        outcome = await self._resumable.accept(request.query_params.get("upload_id", ""), request)
        return incomplete(outcome) if isinstance(outcome, int) else self._resource(outcome)

    async def _cancel(self, request: Request, _bucket: str) -> Response:
        await self._resumable.cancel(request.query_params.get("upload_id", ""))
        return Response(status_code=CANCELLED)

    def _resource(self, resource: dict[str, Any]) -> Response:
        return JSONResponse(with_links(resource, self._base_url))


def incomplete(received_bytes: int) -> Response:
    """Tell a client which bytes of its upload are kept, so that it sends the rest."""
    headers = {"Range": f"bytes=0-{received_bytes - 1}"} if received_bytes else {}
    return Response(status_code=308, headers=headers)
