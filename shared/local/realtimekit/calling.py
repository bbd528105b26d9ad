"""From an HTTP request to a function of its contents, which runs on a worker thread, and back to JSON."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.local.realtimekit.errors import Invalid, KitError, error_response

Body = TypeVar("Body", bound=msgspec.Struct)


@dataclass(frozen=True)
class Call:
    """A request, read whole."""

    path: Mapping[str, str]
    query: QueryParams
    headers: Headers
    body: bytes

    def read(self, type_: type[Body]) -> Body:
        """Return the JSON of the body; nothing at all is an empty object.

        Raises:
            Invalid: it is not of that type.
        """
        try:
            return msgspec.json.decode(self.body or b"{}", type=type_)
        except msgspec.DecodeError as error:
            raise Invalid(str(error)) from error


Handler = Callable[[Call], object]


def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return a handler as Starlette calls it: what it returns is the JSON of the answer."""

    async def answer(request: Request) -> Response:
        call = Call(request.path_params, request.query_params, request.headers, await request.body())
        try:
            return JSONResponse(await run_in_threadpool(handler, call))
        except KitError as error:
            return error_response(error)

    return answer
