"""The pieces of wire models that every family shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Generic, TypeVar

import msgspec
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SkipValidation,
    WithJsonSchema,
)

from shared.structs import Struct


class WireModel(BaseModel):
    """A body, a query or an answer. Unknown keys are ignored unless a family says otherwise."""

    # A cold start builds no validators: each is built by the first request that needs it.
    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, populate_by_name=True, defer_build=True)

    #: Of an answer that is not its endpoint's usual one; None: the endpoint's.
    http_status: ClassVar[int | None] = None

    #: Of a body, once inflated; None: as much as any may have.
    max_body_bytes: ClassVar[int | None] = None

    #: Of a body, all members that are parsed, together: as Python values they need hundreds of times the memory.
    max_parsed_bytes: ClassVar[int] = 1024 * 1024


def _text_only(value: object) -> object:
    if isinstance(value, str) and "T" in value.upper():
        return value
    if isinstance(value, datetime):
        return value
    raise ValueError("must be an ISO 8601 timestamp with an offset, such as 2026-05-04T10:00:00Z")


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None


Timestamp = Annotated[
    AwareDatetime,
    BeforeValidator(_text_only),
    AfterValidator(_to_utc),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

#: A member of a JSON body that is kept exactly as it came, not parsed by the edge.
RawJson = Annotated[msgspec.Raw, SkipValidation]


def raw_members(model: type[BaseModel]) -> frozenset[str]:
    """The members of a body model that are kept raw."""
    return frozenset(
        field.alias or name for name, field in model.model_fields.items() if field.annotation is msgspec.Raw
    )


Model = TypeVar("Model", bound=WireModel)


class Alternatives(Struct, Generic[Model], frozen=True, kw_only=True):
    """An answer as JSON or as text, of the `text_type` of its endpoint: the client's `Accept` chooses.

    JSON comes first where it does not say. Only what is chosen is made.
    """

    model: Callable[[], Model]
    text: Callable[[], str]


class Representation(Struct, frozen=True, kw_only=True):
    """Stored JSON that is served as it is: the answer of a handler whose body is not a model.

    The edge negotiates: `304` for an equal ETag, the stored gzip bytes for a client that takes them, the inflated ones
    for any other, and a redirect where the platform would not stream as much.
    """

    etag: str
    pieces: Callable[[], Iterator[bytes]]
    is_gzip: bool  #: whether `pieces` yields gzip, of exactly `gzip_bytes`; else plain JSON, compressed on demand
    gzip_bytes: int
    inflated_bytes: int
    location: Callable[[], str] | None = None  #: makes a short-lived URL of the same bytes
