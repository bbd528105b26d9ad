"""The JSON API but for uploads: buckets and objects, each operation a function of one call."""

from collections.abc import Callable

from starlette.responses import JSONResponse, Response

from shared.local.storage.backend import Backend
from shared.local.storage.counters import OperationClass
from shared.local.storage.downloads import download
from shared.local.storage.errors import InvalidRequest
from shared.local.storage.listing import ListQuery, list_page
from shared.local.storage.new_object import NewObject
from shared.local.storage.objects import ObjectAddress
from shared.local.storage.preconditions import Preconditions, parse_generation
from shared.local.storage.resources import JsonObject, with_links
from shared.local.storage.routing import Call, Route, find_route

_A, _B, _FREE = OperationClass.A, OperationClass.B, OperationClass.FREE
_BUCKET = "/storage/v1/b/{bucket}"
_OBJECT = "/storage/v1/b/{bucket}/o/{object}"
_MAX_COMPONENTS = 32
_TARGET = "b/{to_bucket}/o/{to_object}"


class JsonApi:
    """Answer calls; to be used on worker threads."""

    def __init__(self, backend: Backend) -> None:
        self._catalogue = backend.catalogue
        self._buckets = backend.buckets
        self._objects = backend.objects
        self._counters = backend.counters
        self._base_url = backend.base_url
        self._routes: list[Route[Callable[[Call, dict[str, str]], Response]]] = [
            Route("POST", "/storage/v1/b", "buckets.insert", _A, self._insert_bucket),
            Route("GET", "/storage/v1/b", "buckets.list", _A, self._list_buckets),
            Route("GET", _BUCKET, "buckets.get", _B, self._get_bucket),
            Route("PATCH", _BUCKET, "buckets.patch", _A, self._patch_bucket),
            Route("DELETE", _BUCKET, "buckets.delete", _FREE, self._delete_bucket),
            Route("GET", f"{_BUCKET}/o", "objects.list", _A, self._list_objects),
            Route("GET", _OBJECT, "objects.get", _B, self._get_object),
            Route("GET", f"/download{_OBJECT}", "objects.get", _B, self._download_object),
            Route("PATCH", _OBJECT, "objects.patch", _A, self._patch_object),
            Route("DELETE", _OBJECT, "objects.delete", _FREE, self._delete_object),
            Route("POST", f"{_OBJECT}/compose", "objects.compose", _A, self._compose_object),
            Route("POST", f"{_OBJECT}/copyTo/{_TARGET}", "objects.copy", _A, self._copy_object),
            Route("POST", f"{_OBJECT}/rewriteTo/{_TARGET}", "objects.rewrite", _A, self._rewrite_object),
        ]

    def answer(self, call: Call) -> Response:
        """Answer one call.

        Raises:
            StorageError: the call is refused.
        """
        route, path = find_route(self._routes, call.method, call.raw_path)
        self._counters.count(route.operation, route.operation_class)
        return route.handler(call, path)

    def _insert_bucket(self, call: Call, _path: dict[str, str]) -> Response:
        return JSONResponse(self._buckets.create(call.json()))

    def _list_buckets(self, call: Call, _path: dict[str, str]) -> Response:
        items = self._buckets.list_all(call.query.get("prefix", ""))
        return JSONResponse({"kind": "storage#buckets", "items": items})

    def _get_bucket(self, _call: Call, path: dict[str, str]) -> Response:
        return JSONResponse(self._buckets.get(path["bucket"]))

    def _patch_bucket(self, call: Call, path: dict[str, str]) -> Response:
        return JSONResponse(self._buckets.patch(path["bucket"], call.json()))

    def _delete_bucket(self, _call: Call, path: dict[str, str]) -> Response:
        self._buckets.delete(path["bucket"])
        return Response(status_code=204)

    def _list_objects(self, call: Call, path: dict[str, str]) -> Response:
        query = ListQuery.from_query(path["bucket"], call.query)
        with self._catalogue.reading() as db:
            page = list_page(db, query)
        listing = {
            "kind": "storage#objects",
            "items": [with_links(stored.resource(), self._base_url) for stored in page.objects],
            "prefixes": page.prefixes,
            "nextPageToken": page.next_token,
        }
        return JSONResponse({key: value for key, value in listing.items() if value})

    def _get_object(self, call: Call, path: dict[str, str]) -> Response:
        if call.query.get("alt") == "media":
            return self._download_object(call, path)
        return self._resource(self._objects.find(_address(call, path)).resource())

    def _download_object(self, call: Call, path: dict[str, str]) -> Response:
        return download(self._objects, _address(call, path), call.headers)

    def _patch_object(self, call: Call, path: dict[str, str]) -> Response:
        return self._resource(self._objects.patch(_address(call, path), call.json()).resource())

    def _delete_object(self, call: Call, path: dict[str, str]) -> Response:
        self._objects.delete(_address(call, path))
        return Response(status_code=204)

    def _compose_object(self, call: Call, path: dict[str, str]) -> Response:
        request = call.json()
        sources = [
            ObjectAddress(
                path["bucket"],
                source.get("name", ""),
                parse_generation(source.get("generation")),
                Preconditions.from_query(source.get("objectPreconditions") or {}),
            )
            for source in request.get("sourceObjects", [])
        ]
        if not 1 <= len(sources) <= _MAX_COMPONENTS:
            raise InvalidRequest(f"The number of source components must be from 1 to {_MAX_COMPONENTS}.")
        target = {**request.get("destination", {}), "name": path["object"]}
        new = NewObject.from_resource(path["bucket"], target, call.query)
        return self._resource(self._objects.compose(sources, new).resource())

    def _copy_object(self, call: Call, path: dict[str, str]) -> Response:
        return self._resource(self._copied(call, path))

    def _rewrite_object(self, call: Call, path: dict[str, str]) -> Response:
        resource = self._copied(call, path)
        return JSONResponse(
            {
                "kind": "storage#rewriteResponse",
                "totalBytesRewritten": resource["size"],
                "objectSize": resource["size"],
                "done": True,
                "resource": with_links(resource, self._base_url),
            }
        )

    def _copied(self, call: Call, path: dict[str, str]) -> JsonObject:
        source = ObjectAddress(
            path["bucket"],
            path["object"],
            parse_generation(call.query.get("sourceGeneration")),
            Preconditions.from_query(call.query, "ifSource"),
        )
        target = {**call.json(), "name": path["to_object"]}
        new = NewObject.from_resource(path["to_bucket"], target, call.query)
        return self._objects.copy(source, new).resource()

    def _resource(self, resource: JsonObject) -> Response:
        return JSONResponse(with_links(resource, self._base_url))


def _address(call: Call, path: dict[str, str]) -> ObjectAddress:
    generation = parse_generation(call.query.get("generation"))
    return ObjectAddress(path["bucket"], path["object"], generation, Preconditions.from_query(call.query))
