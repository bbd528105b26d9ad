"""The wire of the sessions family: camelCase, seconds and milliseconds as integers, bare objects and bare arrays."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StrictInt,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from shared.errors import UNKNOWN_FIELD, InvalidRequest, PlayheadError, Problem
from shared.sessions.domain import AgentTarget, SessionStatus
from shared.sessions.failures import ProcessingFailed
from shared.wire import WireModel

SessionId = Annotated[str, StringConstraints(pattern=r"^sess_[A-Z0-9]{8}$")]
FrameId = Annotated[str, StringConstraints(pattern=r"^frm_[A-Z0-9]{8}$")]
LaneStatus = Literal["pending", "running", "complete", "error"]
Stage = Literal["uploading", "extracting", "analyzing", "synthesizing", "persisting", "complete", "error"]

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
MaxRecordingLength = Literal[5, 10, 15, 30]


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


class NodeOut(CamelModel):
    """An element of a frame's tree; `diffStatus` where it differs from the frame before."""

    role: str
    name: str
    children: list[NodeOut] | None = Field(None, exclude_if=lambda value: value is None)
    diff_status: Literal["added", "changed", "removed"] | None = Field(None, exclude_if=lambda value: value is None)


class DiffSummaryOut(CamelModel):
    """How many elements differ from the frame before; of the first frame none."""

    added: int
    changed: int
    removed: int


class FrameOut(CamelModel):
    """One settled state of the screen."""

    id: FrameId
    session_id: SessionId
    timestamp: int = Field(description="Milliseconds from the start of the video.")
    url: str
    thumbnail_url: str = Field(description="A PNG as a data URL, at most 640 pixels wide.")
    diff_summary: DiffSummaryOut
    aria_tree: list[NodeOut]
    created_at: datetime


class SessionOut(CamelModel):
    """A session, the same in list and detail."""

    id: SessionId
    user_id: str
    title: str
    seed_url: str | None
    status: SessionStatus
    duration: int = Field(description="Seconds.")
    frame_count: int
    urls: list[str]
    url_count: int
    agent_target: AgentTarget
    processing_time: int = Field(description="Milliseconds.")
    prompt: str
    created_at: datetime
    updated_at: datetime


class SessionWithFramesOut(SessionOut):
    """A session and its frames, in the order of time."""

    frames: list[FrameOut]


class SessionList(RootModel[list[SessionOut]]):
    """The caller's sessions, the one that changed last first."""


class NewSessionIn(Body):
    """A session that its client tracks."""

    title: Title
    agent_target: AgentTarget | None = Field(None, description="Default: the account's `defaultAgent`.")
    frame_count: Count = 0
    url_count: Count = 0


class SessionChangeIn(Body):
    """What is to be different; what is not sent stays."""

    max_parsed_bytes: ClassVar[int] = 4 * 1024 * 1024

    title: Title | None = None
    status: SessionStatus | None = Field(None, description="Only while no processing is under way.")
    duration: Count | None = Field(None, description="Seconds.")
    urls: Annotated[list[Url], Field(max_length=1000)] | None = None
    prompt: Annotated[str, Field(strict=True, max_length=128 * 1024)] | None = None
    agent_target: AgentTarget | None = Field(None, description="Does not rewrite the prompt.")
    frame_count: Count | None = None
    url_count: Count | None = None


class StatsOut(CamelModel):
    """The caller's sessions in numbers."""

    total_sessions: int
    completed_sessions: int
    total_duration: int = Field(description="Seconds.")
    avg_processing_time: int = Field(description="Milliseconds, over the completed ones.")


class LaneOut(CamelModel):
    """How far one part of the processing is."""

    status: LaneStatus
    started_at: datetime | None = Field(None, exclude_if=lambda value: value is None)
    completed_at: datetime | None = Field(None, exclude_if=lambda value: value is None)
    error: str | None = Field(None, exclude_if=lambda value: value is None)
    detail: str | None = Field(None, exclude_if=lambda value: value is None, description="Such as `3/4 frames`.")


class ProcessingStatusOut(CamelModel):
    """How far the processing is."""

    overall_stage: Stage
    frame_extraction: LaneOut
    vision_lane: LaneOut
    playwright_lane: LaneOut
    synthesis: LaneOut
    last_updated: datetime
    last_error: str | None = Field(None, exclude_if=lambda value: value is None)


class StatusOut(CamelModel):
    """How far a session is; true while it runs."""

    session_id: SessionId
    session_status: SessionStatus
    processing_status: ProcessingStatusOut | None = Field(description="null for a session that its client tracks.")
    processing_time: int = Field(description="Milliseconds.")
    last_error: str | None


class SettingsOut(CamelModel):
    """What the account has chosen."""

    default_agent: AgentTarget
    include_screenshots: bool = Field(description="The prompt names the frames' pictures by id.")
    inline_aria_tree: bool
    include_raw_diff: bool = Field(description="The prompt ends with every node that differs.")
    max_recording_length: MaxRecordingLength = Field(description="Minutes; what a recorder should stop at.")


class SettingsChangeIn(Body):
    """What is to be different; what is not sent stays."""

    default_agent: AgentTarget | None = None
    include_screenshots: StrictBool | None = None
    inline_aria_tree: StrictBool | None = None
    include_raw_diff: StrictBool | None = None
    max_recording_length: MaxRecordingLength | None = None


def sent(change: Body) -> dict[str, Any]:
    """What a client has sent of a change, by Python's names; null counts as not sent."""
    return {name: value for name in change.model_fields_set if (value := getattr(change, name)) is not None}
