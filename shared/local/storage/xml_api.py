"""The XML API as signed URLs use it: PUT, GET, HEAD and DELETE of an object, and resumable uploads."""

import urllib.parse
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from shared.local.storage.backend import Backend
from shared.local.storage.bodies import read_blocks
from shared.local.storage.counters import OperationClass
from shared.local.storage.downloads import describe, download
from shared.local.storage.errors import MethodNotAllowed
from shared.local.storage.new_object import Checksums, NewObject, SizeRange
from shared.local.storage.objects import ObjectAddress
from shared.local.storage.preconditions import Preconditions, parse_generation
from shared.local.storage.resources import JsonObject, writable_attributes
from shared.local.storage.sessions import announced_bytes
from shared.local.storage.signing import SignatureVerifier
from shared.local.storage.upload_api import CANCELLED, incomplete
from shared.local.storage.uploads import receive_blob

_METADATA_PREFIX = "x-goog-meta-"
_OVERRIDES = {
    "response-content-disposition": "Content-Disposition",
    "response-content-type": "Content-Type",
}


class XmlApi:
    """Answer requests that a signature, or the id of an upload session, allows."""

    def __init__(self, backend: Backend, verifier: SignatureVerifier) -> None:
        self._objects = backend.objects
        self._blobs = backend.blobs
        self._sessions = backend.sessions
        self._resumable = backend.resumable
        self._counters = backend.counters
        self._base_url = backend.base_url
        self._verifier = verifier

    async def answer(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            StorageError: the request is refused.
            ClientDisconnect: the client left.
        """
        if upload_id := request.query_params.get("upload_id"):
            return await self._continue_session(request, upload_id)
        raw_path = request.scope["raw_path"].decode()
        query_string = request.scope["query_string"].decode()
        await run_in_threadpool(self._verifier.verify, request.method, raw_path, query_string, request.headers)
        bucket, _, name = raw_path[1:].partition("/")
        return await self._serve(request, urllib.parse.unquote(bucket), urllib.parse.unquote(name))

    async def _serve(self, request: Request, bucket: str, name: str) -> Response:
        if request.method == "PUT":
            self._counters.count("objects.insert", OperationClass.A)
            return await self._put(request, bucket, name)
        if request.method == "POST" and request.headers.get("x-goog-resumable") == "start":
            self._counters.count("objects.insert", OperationClass.A)
            return await self._start_session(request, bucket, name)
        address = _address(request, bucket, name)
        if request.method in ("GET", "HEAD"):
            self._counters.count("objects.get", OperationClass.B)
            return await self._read(request, address)
        if request.method == "DELETE":
            self._counters.count("objects.delete", OperationClass.FREE)
            await run_in_threadpool(self._objects.delete, address)
            return Response(status_code=204)
        raise MethodNotAllowed("The specified method is not allowed against this resource.")

    async def _put(self, request: Request, bucket: str, name: str) -> Response:
        new = _new_object(request.headers, bucket, name)
        if new.size_range and (length := request.headers.get("content-length")):
            new.size_range.check(int(length))
        blob = await receive_blob(self._blobs, read_blocks(request))
        stored = await run_in_threadpool(self._objects.publish, new, blob)
        return _published(stored.resource())

    async def _read(self, request: Request, address: ObjectAddress) -> Response:
        answer = download if request.method == "GET" else describe
        response = await run_in_threadpool(answer, self._objects, address, request.headers)
        for parameter, header in _OVERRIDES.items():
            if value := request.query_params.get(parameter):
                response.headers[header] = value
        return response

    async def _start_session(self, request: Request, bucket: str, name: str) -> Response:
        new = _new_object(request.headers, bucket, name)
        session_id = await run_in_threadpool(self._sessions.start, new, announced_bytes(request.headers))
        location = f"{self._base_url}/{bucket}/{urllib.parse.quote(name)}?upload_id={session_id}"
        return Response(status_code=201, headers={"Location": location, "X-GUploader-UploadID": session_id})

    async def _continue_session(self, request: Request, upload_id: str) -> Response:
        if request.method == "DELETE":
            await self._resumable.cancel(upload_id)
            return Response(status_code=CANCELLED)
        if request.method != "PUT":
            raise MethodNotAllowed("The specified method is not allowed against this resource.")
        self._counters.count("sessions.append", OperationClass.FREE)
        outcome = await self._resumable.accept(upload_id, request)
        return incomplete(outcome) if isinstance(outcome, int) else _published(outcome)


def _new_object(headers: Mapping[str, str], bucket: str, name: str) -> NewObject:
    metadata = {
        key.removeprefix(_METADATA_PREFIX): value for key, value in headers.items() if key.startswith(_METADATA_PREFIX)
    }
    attributes = {
        "cacheControl": headers.get("cache-control"),
        "contentDisposition": headers.get("content-disposition"),
        "contentEncoding": headers.get("content-encoding"),
        "contentLanguage": headers.get("content-language"),
        "contentType": headers.get("content-type"),
        "metadata": metadata or None,
        "storageClass": headers.get("x-goog-storage-class"),
    }
    return NewObject(
        bucket,
        name,
        writable_attributes(attributes),
        Preconditions.from_headers(headers),
        Checksums.from_headers(headers),
        SizeRange.from_headers(headers),
    )


def _address(request: Request, bucket: str, name: str) -> ObjectAddress:
    generation = parse_generation(request.query_params.get("generation"))
    return ObjectAddress(bucket, name, generation, Preconditions.from_headers(request.headers))


def _published(resource: JsonObject) -> Response:
    headers: dict[str, Any] = {
        "ETag": f'"{resource["etag"]}"',
        "X-Goog-Generation": resource["generation"],
        "X-Goog-Metageneration": resource["metageneration"],
        "X-Goog-Hash": f"crc32c={resource['crc32c']},md5={resource['md5Hash']}",
        "X-Goog-Stored-Content-Length": resource["size"],
    }
    return Response(headers=headers)
