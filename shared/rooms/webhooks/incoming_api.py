"""The wire of incoming webhooks: what RealtimeKit sends, in either of its spellings, and `recording-ready`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AliasChoices, Field, StringConstraints

from shared.wire import WireModel

#: An id of the provider. It becomes part of a document's name.
ProviderId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$")]

_MOST_BYTES = 1024 * 1024


class RecordingNews(WireModel):
    """A recording that something has happened to: a hint, for the provider is asked what is true."""

    id: ProviderId | None = Field(None, validation_alias=AliasChoices("recordingId", "recording_id", "id"))
    meeting_id: ProviderId | None = Field(None, validation_alias=AliasChoices("meetingId", "meeting_id"))


class MeetingNews(WireModel):
    """The meeting that a webhook is about."""

    id: ProviderId | None = None


class RealtimeKitNews(WireModel):
    """A webhook of RealtimeKit."""

    max_body_bytes: ClassVar[int | None] = _MOST_BYTES

    event: str = Field(description="Only `recording.statusUpdate` is of interest; others are taken and ignored.")
    recording: RecordingNews | None = None
    meeting: MeetingNews | None = None


class RecordingReady(WireModel):
    """A file that is ready."""

    max_body_bytes: ClassVar[int | None] = _MOST_BYTES

    type: str = Field(description="Only `recording.ready` is of interest; others are taken and ignored.")
    recording_id: ProviderId
    meeting_id: ProviderId
    url: str | None = Field(
        None,
        max_length=8192,
        description="Used only if RealtimeKit does not know the recording, and the host is listed.",
    )
    duration_seconds: float | None = Field(None, ge=0)
    size_bytes: int | None = Field(None, ge=0, lt=2**63)
    content_type: str | None = Field(None, max_length=200)


class WebhookReceived(WireModel):
    """A webhook has arrived; what it says is looked into."""

    received: Literal[True] = True
