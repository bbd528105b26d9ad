"""The wire of the feedback family: camelCase, UUIDs, seconds as floats, bare objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic.alias_generators import to_camel

from shared.errors import PlayheadError
from shared.feedback.shapes import (
    ACTIONS_SCHEMA,
    BROWSER_STATE_SCHEMA,
    ELEMENTS_SCHEMA,
    METADATA_SCHEMA,
    check_actions,
    check_browser_state,
    check_elements,
    check_metadata,
    no_items,
    no_members,
)
from shared.wire import RawJson, WireModel

FeedbackId = Annotated[
    str,
    BeforeValidator(lambda id: id.lower() if isinstance(id, str) else id),
    StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
    WithJsonSchema({"type": "string", "format": "uuid"}),
]
Status = Literal["pending", "analyzing", "analyzed", "failed"]
UploadStatus = Literal["pending", "uploaded"]
VideoContentType = Literal["video/webm", "video/mp4", "video/quicktime"]


class CamelModel(WireModel):
    """camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel)


class ErrorOut(CamelModel):
    """What went wrong, and what to do about it."""

    #: This API's words for the failures that every API has.
    codes: ClassVar[Mapping[str, str]] = {
        "internal": "INTERNAL_ERROR",
        "invalid_request": "VALIDATION_ERROR",
        "unauthorized": "INVALID_API_KEY",
        "forbidden": "FORBIDDEN",
        "not_found": "RECORDING_NOT_FOUND",
        "method_not_allowed": "METHOD_NOT_ALLOWED",
        "conflict": "CONFLICT",
        "illegal_state": "CONFLICT",
        "idempotency_key_reused": "IDEMPOTENCY_KEY_REUSED",
        "idempotency_in_progress": "IDEMPOTENCY_IN_PROGRESS",
        "length_required": "LENGTH_REQUIRED",
        "too_large": "PAYLOAD_TOO_LARGE",
        "unsupported_media_type": "UNSUPPORTED_MEDIA_TYPE",
        "rate_limited": "RATE_LIMITED",
        "upstream_failed": "STORAGE_ERROR",
        "upstream_timeout": "STORAGE_TIMEOUT",
        "busy": "BUSY",
    }

    success: Literal[False] = False
    error: str
    code: str = Field(description="Machine-readable.")
    hint: str = Field(description="What to do.")

    @staticmethod
    def of(error: PlayheadError, request_id: str) -> ErrorOut:
        return ErrorOut(
            error=error.message,
            code=ErrorOut.codes.get(error.code, error.code),
            hint=error.hint or _hint(error, request_id),
        )


def _hint(error: PlayheadError, request_id: str) -> str:
    """What to do about a failure that does not say it itself."""
    if error.status >= 500:
        return f"Try again later; if it stays, report the request id {request_id}."
    return _HINTS.get(error.code) or _HINT_OF_STATUS.get(error.status, "Correct the request.")


_HINTS = {
    "ANALYSIS_NOT_FOUND": "Ask for it with POST /api/feedback/recordings/{id}/analyze.",
    "ANALYSIS_NOT_READY": "Ask again in a few seconds, until the recording's status is analyzed or failed.",
    "VIDEO_NOT_FOUND": "Upload it with PUT /api/feedback/recordings/{id}/video.",
    "VIDEO_NOT_UPLOADED": "Upload it with PUT /api/feedback/recordings/{id}/video.",
    "VIDEO_ALREADY_UPLOADED": "Create another recording for another video.",
    "ALREADY_CLAIMED": "Ask the colleague who has claimed it.",
    "length_required": "Send the body with a Content-Length.",
    "unsupported_media_type": "Send the video with its own Content-Type, such as video/webm.",
    "idempotency_key_reused": "Send another Idempotency-Key with another body.",
    "idempotency_in_progress": "Repeat the request in a few seconds.",
}
_HINT_OF_STATUS = {
    401: "Send a valid key as Authorization: Bearer or X-API-Key, or the recording's own X-Upload-Token.",
    404: "Check the id; a recording is shown to its owner only.",
    409: "Look at the recording, and repeat the request if it still makes sense.",
    413: "Send less at once.",
    429: "Wait as long as Retry-After says.",
}


class NewRecording(CamelModel):
    """What a recorder knows of a recording; the video comes later, by itself."""

    model_config = ConfigDict(populate_by_name=False)
    max_body_bytes: ClassVar[int] = 32 * 1024 * 1024

    metadata: Annotated[RawJson, AfterValidator(check_metadata), WithJsonSchema(dict(METADATA_SCHEMA))]
    actions: Annotated[RawJson, AfterValidator(check_actions), WithJsonSchema(dict(ACTIONS_SCHEMA))] = Field(
        default_factory=no_items
    )
    browser_state: Annotated[
        RawJson, AfterValidator(check_browser_state), WithJsonSchema(dict(BROWSER_STATE_SCHEMA))
    ] = Field(default_factory=no_members)
    elements: Annotated[RawJson, AfterValidator(check_elements), WithJsonSchema(dict(ELEMENTS_SCHEMA))] = Field(
        default_factory=no_items
    )
    video_content_type: VideoContentType = "video/webm"


class RecordingCreated(CamelModel):
    """The new recording and, where they are offered, the means to upload its video directly."""

    success: Literal[True] = True
    recording_id: FeedbackId
    video_upload_status: UploadStatus
    status: Status
    upload_url: str | None = Field(
        None, exclude_if=lambda value: value is None, description="Takes a PUT of the video for 300 seconds."
    )
    upload_token: str | None = Field(
        None,
        exclude_if=lambda value: value is None,
        description="Sent as X-Upload-Token it opens a recording that nobody has claimed.",
    )
    presigned_video_object_id: str | None = Field(None, exclude_if=lambda value: value is None)
    presigned_video_object_key: str | None = Field(None, exclude_if=lambda value: value is None)
    presigned_video_content_type: VideoContentType | None = Field(
        None, exclude_if=lambda value: value is None, description="What the PUT must carry as Content-Type."
    )
    presigned_ttl_seconds: int | None = Field(None, exclude_if=lambda value: value is None)


class RecordingOut(CamelModel):
    """A recording."""

    id: FeedbackId
    status: Status
    session_id: str | None
    created_at: datetime
    duration: float = Field(description="Seconds, as the client said.")
    metadata: Annotated[RawJson, WithJsonSchema(dict(METADATA_SCHEMA))]

    def model_dump_json(self, **options: Any) -> str:
        """The recording as JSON, with its metadata byte for byte as they came."""
        shown = super().model_dump_json(exclude={"metadata"}, **options)
        return f'{shown.removesuffix("}")},"metadata":{bytes(self.metadata).decode()}}}'


class RecordingSummary(CamelModel):
    """A recording, as the list has it."""

    id: FeedbackId
    status: Status
    created_at: datetime
    duration: float = Field(description="Seconds, as the client said.")


class RecordingList(CamelModel):
    """The caller's recordings, newest first."""

    recordings: list[RecordingSummary]


class ListQuery(CamelModel):
    """Which part of the list."""

    limit: int | None = Field(None, ge=1, le=100, description="Default: everything up to 1,000.")
    offset: int = Field(0, ge=0, le=2**31 - 1)


class Claimed(CamelModel):
    """The recording is the caller's."""

    success: Literal[True] = True
    id: FeedbackId
    user_id: str


class AnalysisStarted(CamelModel):
    """The analysis that is under way."""

    status: Literal["analyzing"]
    job_id: str
