"""What a client sends with a recording: looked at for its shape alone, and kept as it came.

Two objects, written before the recording exists: `context.json.gz` holds everything, for the analysis, and
`metadata.json` what a look at the recording shows.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

import msgspec
from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter, ValidationError

from shared.ports import Media
from shared.recordings.objects import EventsName
from shared.recordings.recording import Family, StoredObject

MAX_METADATA_BYTES = 64 * 1024
_JSON = "application/json"
_GZIP = "application/gzip"

METADATA_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "At most 64 KiB. Unknown keys are kept as they are.",
    "required": ["version", "duration", "url", "title", "intent", "features", "visitedUrls"],
    "properties": {
        "version": {"type": "string"},
        "duration": {"type": "number", "minimum": 0, "description": "Seconds."},
        "url": {"type": "string", "description": "http or https."},
        "title": {"type": "string"},
        "intent": {"type": "string"},
        "features": {"anyOf": [{"type": "object"}, {"type": "array", "items": {}}]},
        "visitedUrls": {"type": "array", "items": {"type": "string"}},
        "sessionId": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}
_OBJECTS: Mapping[str, Any] = {"type": "array", "items": {"type": "object"}}
_ANYTHING: Mapping[str, Any] = {"type": "array", "items": {}}
ACTIONS_SCHEMA: Mapping[str, Any] = {
    **_OBJECTS,
    "description": "What the user did. Read are `type`, `timestamp` (s or epoch ms), `selector`, `value` and `url`.",
}
BROWSER_STATE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "What the page logged and fetched.",
    "properties": {"consoleLogs": _ANYTHING, "networkRequests": _ANYTHING},
}
ELEMENTS_SCHEMA: Mapping[str, Any] = {**_ANYTHING, "description": "What was on the page."}


class Metadata(msgspec.Struct, rename="camel"):
    """What every recording says of itself; any other key is the client's own business."""

    version: str
    duration: Annotated[float, msgspec.Meta(ge=0)]
    url: str
    title: str
    intent: str
    features: dict[str, msgspec.Raw] | list[msgspec.Raw]
    visited_urls: list[str]
    session_id: str | None = None


class _AnyObject(msgspec.Struct, gc=False):
    """A JSON object whose members nobody has looked at."""


class _BrowserState(msgspec.Struct, rename="camel"):
    console_logs: msgspec.Raw = msgspec.Raw(b"[]")
    network_requests: msgspec.Raw = msgspec.Raw(b"[]")


def read_metadata(raw: msgspec.Raw) -> Metadata:
    """The metadata's own fields.

    Raises:
        ValueError: they are not of the right shape; says where.
    """
    metadata: Metadata = _decode(raw, Metadata)
    return metadata


def check_metadata(raw: msgspec.Raw) -> msgspec.Raw:
    """The metadata, if they are what they should be."""
    if len(memoryview(raw)) > MAX_METADATA_BYTES:
        raise ValueError(f"must have at most {MAX_METADATA_BYTES:,} bytes")
    try:
        _http_url().validate_python(read_metadata(raw).url)
    except ValidationError:
        raise ValueError("`url` must be an absolute http or https URL") from None
    return raw


def check_actions(raw: msgspec.Raw) -> msgspec.Raw:
    """The actions, if they are a list of objects; none for null."""
    if _is_null(raw):
        return no_items()
    _decode(raw, list[_AnyObject])
    return raw


def check_elements(raw: msgspec.Raw) -> msgspec.Raw:
    """The elements, if they are a list of whatever; none for null."""
    return no_items() if _is_null(raw) else _require_array(raw)


def check_browser_state(raw: msgspec.Raw) -> msgspec.Raw:
    """The browser's state, if it is an object with lists of whatever; an empty one for null."""
    if _is_null(raw):
        return no_members()
    state: _BrowserState = _decode(raw, _BrowserState)
    for name, logged in (("consoleLogs", state.console_logs), ("networkRequests", state.network_requests)):
        if not _is_null(logged):
            _require_array(logged, f"`{name}` ")
    return raw


def no_items() -> msgspec.Raw:
    """An empty list."""
    return msgspec.Raw(b"[]")


def no_members() -> msgspec.Raw:
    """An empty object."""
    return msgspec.Raw(b"{}")


def store_context(id: str, members: Mapping[str, msgspec.Raw], *, media: Media) -> StoredObject:
    """Keep everything that came, each member byte for byte, as one gzip object."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=1, mtime=0) as file:
        for number, (name, raw) in enumerate(members.items()):
            file.write(b'%s"%s":' % (b"," if number else b"{", name.encode()))
            file.write(memoryview(raw))
        file.write(b"}")
    return media.save(_name(id, "context.json.gz"), packed.getvalue(), content_type=_GZIP)


def store_metadata(id: str, raw: msgspec.Raw, *, media: Media) -> StoredObject:
    """Keep the metadata by themselves, byte for byte."""
    return media.save(_name(id, "metadata.json"), bytes(raw), content_type=_JSON)


def _name(id: str, file: str) -> str:
    return EventsName(Family.FEEDBACK, id, file).render()


def _is_null(raw: msgspec.Raw) -> bool:
    return bytes(memoryview(raw)[:4]) == b"null"


def _require_array(raw: msgspec.Raw, name: str = "") -> msgspec.Raw:
    if bytes(memoryview(raw)[:1]) != b"[":  # that it is valid JSON is known
        raise ValueError(f"{name}must be a list")
    return raw


def _decode(raw: msgspec.Raw, type_: Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=type_)
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace("`$.", "`").removesuffix(" - at `$`")) from None
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("is not valid JSON") from None


@cache
def _http_url() -> TypeAdapter[AnyHttpUrl]:
    return TypeAdapter(AnyHttpUrl, config=ConfigDict(defer_build=True))
