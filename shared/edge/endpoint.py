"""`@endpoint`: turn a handler into an HTTP function. Everything else is read off its signature."""

from __future__ import annotations

import functools
import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import flask
import functions_framework
from flask import Request, Response, current_app, has_app_context

from shared import ports
from shared.edge.answers import answer, refuse
from shared.edge.bodies import parse_body, read_body
from shared.edge.callers import identify
from shared.edge.declarations import Endpoint, as_function, read_endpoint
from shared.edge.forms import MultipartForm
from shared.edge.limits import RateLimiter, waiting_room
from shared.edge.once import once
from shared.edge.queries import parse_query
from shared.edge.signed import receive
from shared.edge.streams import ArrivingBody
from shared.edge.visitors import MAX_ANONYMOUS_BYTES, admit, recognize
from shared.errors import MethodNotAllowed, NotFound, PlayheadError
from shared.logs import configure_logs
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller
from shared.settings import settings
from shared.tracing import enter_span
from shared.wire import WireModel
from shared.wiring import wired

log = logging.getLogger("playhead.edge")

CATALOGUE = Path(__file__).resolve().parents[2] / "functions" / "catalogue.json"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

Handler = Callable[..., Any]


def endpoint(
    route: str,
    *,
    status: int = 200,
    raises: tuple[type[PlayheadError], ...] = (),
    memory_mb: int = 512,
    timeout_s: int = 60,
    concurrency: int = 16,
    form: type[WireModel] | None = None,
    stream: tuple[str, ...] = (),
    text_type: str | None = None,
    waits: bool = False,
) -> Callable[[Handler], FunctionType]:
    """Declare an HTTP function: `@endpoint("GET /api/v1/recordings/{id}", raises=(NotFound,))`.

    `form` is the model of a multipart form's fields, `stream` the media types of a body that is passed on as it
    arrives, `text_type` that of the text which `Alternatives` have; `waits` is for a function that waits for a run.

    Raises:
        TypeError: at import, when a parameter of the handler cannot be bound.
    """

    def declare(handler: Handler) -> FunctionType:
        spec = read_endpoint(
            handler,
            route,
            status=status,
            raises=raises,
            memory_mb=memory_mb,
            timeout_s=timeout_s,
            concurrency=concurrency,
            form=form,
            stream=stream,
            text_type=text_type,
            waits=waits,
        )

        @functools.wraps(handler)
        def entry(request: Request) -> Response:
            return serve(spec, request)

        if has_app_context():
            # functions-framework has no route for some paths: those with an encoded newline, and /favicon.ico.
            current_app.register_error_handler(404, lambda _: serve(spec, flask.request))
        return as_function(entry, spec, functions_framework.http)

    return declare


def serve(spec: Endpoint, request: Request) -> Response:
    """Answer one request, whatever happens."""
    started = time.monotonic()
    configure_logs(settings().log_level)
    enter_span(request.headers.get("traceparent"))
    request_id = _request_id(request)
    try:
        response = _respond(spec, request)
    except PlayheadError as error:
        _note_failure(spec, error)
        response = refuse(error, family=spec.family, request=request, request_id=request_id)
    except Exception:
        log.exception("unhandled error in %s", spec.name)
        response = refuse(PlayheadError(), family=spec.family, request=request, request_id=request_id)
    response.headers["X-Request-Id"] = request_id
    if response.status_code in (204, 304):
        del response.headers["Content-Type"]
    _allow_origin(response, request)
    _note_request(spec, request, response, request_id, time.monotonic() - started)
    return response


def _respond(spec: Endpoint, request: Request) -> Response:
    path_params = spec.match(request.path)
    if path_params is None:
        raise NotFound("no such path")
    if request.method == "OPTIONS":
        return _preflight(spec)
    if request.method not in _methods(spec):
        raise MethodNotAllowed(_allowed(spec))
    with ExitStack() as stack:
        arguments = _bind(spec, request, path_params, stack)
        returned = spec.handler(**arguments)
        response = answer(
            returned,
            status=spec.status,
            request=request,
            max_stream_bytes=settings().max_stream_bytes,
            text_type=spec.text_type,
        )
        made_before = arguments.get("once")
    if isinstance(made_before, Once) and made_before.made:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _bind(spec: Endpoint, request: Request, path_params: Mapping[str, str], stack: ExitStack) -> dict[str, Any]:
    """The handler's arguments: authenticated first, so that nobody unknown learns or costs anything."""
    arguments = _asking(spec, request, path_params)
    arguments |= spec.parse(path_params)
    if spec.waits:
        stack.enter_context(waiting_room().place())
    if spec.form is not None:
        arguments["form"] = MultipartForm(request, cap_bytes=settings().max_request_bytes)
    if spec.stream:
        arguments["stream"] = ArrivingBody(request, takes=spec.stream, cap_bytes=settings().max_request_bytes)
    if spec.signed is not None:
        arguments["signed"] = receive(request, spec.signed, cap_bytes=settings().max_request_bytes)
    if spec.query is not None:
        arguments["query"] = parse_query(request.args, spec.query)
    caller, raw = _caller_among(arguments), b""
    if spec.body is not None:
        raw = _body(spec, request, caller)
        arguments["body"] = parse_body(raw, spec.body)
    if spec.creates:
        said = "".join(path_params.values()).encode() + raw  # a key is of one request: what it is about, and its body
        arguments["once"] = stack.enter_context(_once(spec, request, caller, said)) if caller else Once()
    return arguments | spec.adapters()


def _asking(spec: Endpoint, request: Request, path_params: Mapping[str, str]) -> dict[str, Any]:
    """Who is asking, as the handler takes them; none of them asks too often."""
    if not spec.needs_caller:
        return {}
    now, chosen, keys = wired(ports.Clock).now(), settings(), wired(ports.Keys)
    if not spec.takes_visitors:
        caller = identify(request.headers, keys=keys, now=now, settings=chosen)
        _limiter().take(_key_of(caller))
        return {"caller": caller}
    is_open = spec.creates and chosen.anonymous_create
    id = path_params.get("id")
    visitor = recognize(request, id=id, is_open=is_open, keys=keys, now=now, settings=chosen)
    _limiter().take(_key_of(visitor.caller) if visitor.caller else f"address {visitor.address}")
    if spec.creates and visitor.caller is None:
        admit(request, visitor, recordings=wired(ports.Recordings), now=now, settings=chosen)
    return {"visitor": visitor}


def _key_of(caller: Caller) -> str:
    return caller.key_id or f"{caller.tenant_id}/{caller.user_id}"


def _caller_among(arguments: Mapping[str, Any]) -> Caller | None:
    found: Caller | None = arguments["visitor"].caller if "visitor" in arguments else arguments.get("caller")
    return found


@cache
def _limiter() -> RateLimiter:
    return RateLimiter(rate_per_s=settings().rate_per_s, burst=settings().rate_burst)


def _body(spec: Endpoint, request: Request, caller: Caller | None) -> bytes:
    inflated_cap_bytes = spec.body.max_body_bytes if spec.body else None
    if spec.takes_visitors and caller is None:
        inflated_cap_bytes = MAX_ANONYMOUS_BYTES
    return read_body(request, cap_bytes=settings().max_request_bytes, inflated_cap_bytes=inflated_cap_bytes)


def _once(spec: Endpoint, request: Request, caller: Caller, said: bytes) -> Any:
    return once(
        request.headers.get("Idempotency-Key"),
        caller=caller,
        function=spec.name,
        body=said,
        recordings=wired(ports.Recordings),
        now=wired(ports.Clock).now(),
    )


def _methods(spec: Endpoint) -> tuple[str, ...]:
    return (spec.method, "HEAD") if spec.method == "GET" else (spec.method,)


@cache
def _siblings(family: str, path: str) -> tuple[str, ...]:
    """Methods of all functions that share a path: another function's are known from the catalogue only."""
    functions = json.loads(CATALOGUE.read_text())["functions"]
    return tuple(
        sorted(one["method"] for one in functions if one.get("path") == path and one["name"].startswith(f"{family}_"))
    )


def _allowed(spec: Endpoint) -> tuple[str, ...]:
    methods = _siblings(spec.family.name, spec.path) or (spec.method,)
    more = ("HEAD", "OPTIONS") if "GET" in methods else ("OPTIONS",)
    return (*methods, *more)


def _preflight(spec: Endpoint) -> Response:
    allowed = ", ".join(_allowed(spec))
    return Response(
        status=204,
        headers={
            "Allow": allowed,
            "Access-Control-Allow-Methods": allowed,
            "Access-Control-Allow-Headers": (
                "Authorization, Content-Type, Content-Encoding, Idempotency-Key, X-API-Key, X-Request-Id, "
                "X-Upload-Token"
            ),
            "Access-Control-Max-Age": "3600",
        },
    )


def _allow_origin(response: Response, request: Request) -> None:
    origins, origin = settings().cors_origins, request.headers.get("Origin")
    if origin is None or not (origin in origins or "*" in origins):
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "ETag, Idempotency-Replayed, X-Request-Id"
    response.vary.add("Origin")


def _request_id(request: Request) -> str:
    sent = request.headers.get("X-Request-Id", "")
    return sent if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(16)


def _note_failure(spec: Endpoint, error: PlayheadError) -> None:
    if error.status >= 500:
        log.error("%s: %s", spec.name, error.message, exc_info=error.__cause__)


def _note_request(spec: Endpoint, request: Request, response: Response, request_id: str, latency_s: float) -> None:
    log.info(
        "%s %s %s",
        request.method,
        spec.path,
        response.status_code,
        extra={
            "fields": {
                "function": spec.name,
                "request_id": request_id,
                "httpRequest": {
                    "requestMethod": request.method,
                    "requestUrl": spec.family.mount + spec.path,
                    "status": response.status_code,
                    "latency": f"{latency_s:.6f}s",
                    "userAgent": request.headers.get("User-Agent", "")[:200],
                },
            }
        },
    )
