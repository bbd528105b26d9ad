"""What all of the sessions family has on the wire: camelCase, seconds and milliseconds as integers, bare objects.

Its models are in modules of their own, because a function that starts pays for every model that it imports.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from shared.errors import UNKNOWN_FIELD, InvalidRequest, PlayheadError, Problem
from shared.sessions.failures import ProcessingFailed
from shared.wire import WireModel

SessionId = Annotated[str, StringConstraints(pattern=r"^sess_[A-Z0-9]{8}$")]
FrameId = Annotated[str, StringConstraints(pattern=r"^frm_[A-Z0-9]{8}$")]

_http_url: TypeAdapter[AnyHttpUrl] = TypeAdapter(AnyHttpUrl, config=ConfigDict(defer_build=True))


def _absolute(value: str) -> str:
    try:
        _http_url.validate_python(value)
    except ValidationError:
        raise ValueError("must be an absolute http or https URL") from None
    return value


Count = Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]
Title = Annotated[str, Field(strict=True, min_length=1, max_length=500)]
Url = Annotated[str, Field(strict=True, max_length=2048)]
SeedUrl = Annotated[Url, AfterValidator(_absolute)]


class CamelModel(WireModel):
    """camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel)


class Body(CamelModel):
    """What a client sends; a key that is not known is refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)


class ErrorOut(CamelModel):
    """What went wrong; `message` is a list where fields are not valid."""

    error: str = Field(description="The name of the status; of a recording that could not be processed, why.")
    status_code: int | None = None
    message: str | list[str] | None = None
    session_id: str | None = None  # this and the next only of a recording that could not be processed
    processing_ms: int | None = None

    @staticmethod
    def of(error: PlayheadError, request_id: str) -> ErrorOut:  # noqa: ARG004 - this family's errors do not carry it
        if isinstance(error, ProcessingFailed):
            return ErrorOut(session_id=error.session_id, error=error.message, processing_ms=error.processing_ms)
        problems = [_sentence(one) for one in error.problems] if isinstance(error, InvalidRequest) else []
        said = f"{error.message}; {error.hint}" if error.hint else error.message
        return ErrorOut(status_code=error.status, message=problems or said, error=HTTPStatus(error.status).phrase)


def _sentence(problem: Problem) -> str:
    if problem.text == UNKNOWN_FIELD:
        return f"property {problem.field} should not exist"
    if problem.text == "Field required":
        return f"{problem.field} is required"
    said = problem.text.removeprefix("Input ").removeprefix("String ").removeprefix("List ")
    return f"{problem.field} {said[:1].lower()}{said[1:]}"


def sent(change: Body) -> dict[str, Any]:
    """What a client has sent of a change, by Python's names; null counts as not sent."""
    return {name: value for name in change.model_fields_set if (value := getattr(change, name)) is not None}
