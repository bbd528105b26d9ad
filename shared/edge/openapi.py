"""A family's OpenAPI 3.1 document, from its declarations."""

from __future__ import annotations

import inspect
import itertools
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.edge.declarations import Endpoint
from shared.edge.families import ApiFamily
from shared.errors import (
    Busy,
    Conflict,
    InvalidRequest,
    LengthRequired,
    NotFound,
    PlayheadError,
    TooLarge,
    TooMany,
    Unauthorized,
    UnsupportedMediaType,
    Upstream,
    UpstreamTimeout,
)
from shared.ports import Media
from shared.wire import Representation

_REF = "#/components/schemas/{model}"
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key or a JWT."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_UPLOAD_TOKEN = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Upload-Token",
    "description": "What creating a recording gave, while nobody has claimed it.",
}
_CREDENTIALS: list[dict[str, list[str]]] = [{"bearer": []}, {"apiKey": []}]
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes a repetition of the same request harmless, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
}
_PREFER = {
    "name": "Prefer",
    "in": "header",
    "description": "`respond-async`: answer 202 before the work is done.",
    "schema": {"type": "string"},
}


def document(family: ApiFamily, endpoints: list[Endpoint]) -> dict[str, Any]:
    """The OpenAPI document of a family."""
    references, schemas = _schemas(family, endpoints)
    paths: dict[str, Any] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Playhead: {family.title}",
            "version": "1",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": family.mount}],
        "security": _CREDENTIALS,
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _security_schemes(endpoints)},
    }


def _security_schemes(endpoints: list[Endpoint]) -> dict[str, Any]:
    has_tokens = any(one.takes_visitors and one.params for one in endpoints)
    return {**_SECURITY, "uploadToken": _UPLOAD_TOKEN} if has_tokens else _SECURITY


def _schemas(family: ApiFamily, endpoints: list[Endpoint]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    models: dict[tuple[type[BaseModel], Any], None] = {(family.errors, "serialization"): None}
    for one in endpoints:
        for read in filter(None, (one.body, one.form, one.signed)):
            models[read, "validation"] = None
        for returned in filter(None, (one.returns, *one.also_returns)):
            if issubclass(returned, BaseModel):
                models[returned, "serialization"] = None
    references, top = models_json_schema(list(models), ref_template=_REF)
    return references, top["$defs"]


def _operation(one: Endpoint, references: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.family.name],
        "responses": _responses(one, references),
    }
    if one.description:
        operation["description"] = one.description
    if one.stream:
        content: dict[str, Any] = {media_type: {} for media_type in one.stream}
        operation["requestBody"] = {"required": True, "content": content}
    if one.takes_visitors:
        operation["security"] = [*_CREDENTIALS, {"uploadToken": []} if one.params else {}]
    if one.signed:
        operation["security"] = []
    if parameters := _parameters(one):
        operation["parameters"] = parameters
    if body := one.body or one.signed:
        schema = references[body, "validation"]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if one.form:
        schema = references[one.form, "validation"]
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    return operation


def _parameters(one: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": adapter.json_schema()}
        for name, adapter in sorted(one.params.items())
    ]
    if one.query:
        schema = one.query.model_json_schema(ref_template=_REF)
        for name, field in schema["properties"].items():
            required = name in schema.get("required", [])
            found.append({"name": name, "in": "query", "required": required, "schema": _optional(field)})
    if one.creates:
        found.append(_IDEMPOTENCY_KEY)
    if one.waits:
        found.append(_PREFER)
    return found


def _optional(field: dict[str, Any]) -> dict[str, Any]:
    """A query parameter that may be left out is left out: it is never the text `null`."""
    variants = [one for one in field.get("anyOf", []) if one != {"type": "null"}]
    kept = {key: value for key, value in field.items() if key not in ("anyOf", "title")}
    if kept.get("default", ...) is None:
        del kept["default"]
    return {**variants[0], **kept} if len(variants) == 1 else field


def _responses(one: Endpoint, references: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    responses = _successes(one, references)
    if one.returns is Representation:
        responses["304"] = {"description": "The client has it already (`If-None-Match`)."}
        responses["307"] = {"description": "Too large to stream: a short-lived URL of the same bytes."}
    error = {"application/json": {"schema": references[one.family.errors, "serialization"]}}
    for status, failures in itertools.groupby(sorted(failures_of(one), key=_order), key=lambda one: one.status):
        described = " ".join(f"`{one.family.code_of(failure)}`: {_sentence(failure)}" for failure in failures)
        responses[str(status)] = {"description": described, "content": error}
    return responses


def _order(failure: type[PlayheadError]) -> tuple[int, str, str]:
    return failure.status, failure.code, failure.__name__


def _sentence(failure: type[PlayheadError]) -> str:
    return (failure.__doc__ or "").partition("\n")[0]


def _successes(one: Endpoint, references: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    """The answers to what went well, by status; where two have the same one, it is either."""
    found: dict[str, Any] = {str(one.status): _success(one, references)}
    for returned in one.also_returns:
        schema, status = references[returned, "serialization"], str(returned.http_status)
        if status in found:
            content = found[status]["content"]["application/json"]
            content["schema"] = {"anyOf": [content["schema"], schema]}
        else:
            described = inspect.cleandoc(returned.__doc__ or "")
            found[status] = {"description": described, "content": {"application/json": {"schema": schema}}}
    return found


def _success(one: Endpoint, references: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    if one.returns is None:
        return {"description": "Done."}
    if one.returns is Representation:
        schema: dict[str, Any] = {"type": "array", "items": {"type": "object"}}
    else:
        schema = references[one.returns, "serialization"]
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if one.text_type:
        content[one.text_type] = {"schema": {"type": "string"}}
    return {"description": "Success.", "content": content}


def failures_of(one: Endpoint) -> set[type[PlayheadError]]:
    """Every failure that an endpoint documents: its own, and those that its inputs bring."""
    found: set[type[PlayheadError]] = {*one.raises, Upstream}
    if one.needs_caller:
        found |= {Unauthorized, TooMany}
    if one.params:
        found.add(NotFound)
    if one.query or one.body or one.form or one.signed:
        found.add(InvalidRequest)
    if one.signed:
        found.add(Unauthorized)
    if one.waits:
        found.add(Busy)
    if one.body or one.form or one.stream or one.signed:
        found.add(TooLarge)
    if one.stream:
        found |= {InvalidRequest, LengthRequired, UnsupportedMediaType}
    if Media in one.ports.values():
        found.add(UpstreamTimeout)
    if one.creates:
        found |= {Conflict, InvalidRequest}
    return found
