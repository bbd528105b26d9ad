"""What a tenant wants, on the wire."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, StrictBool, StringConstraints

from shared.rooms.api import Change
from shared.rooms.domain import Tenant, WebhookTarget
from shared.wire import WireModel

Days = Annotated[int, Field(strict=True, ge=1, le=3650)]
Minutes = Annotated[int, Field(strict=True, ge=1, le=1440)]
WebhookUrl = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=2048)]
WebhookSecret = Annotated[str, StringConstraints(strict=True, pattern=r"^whsec_[A-Za-z0-9+/=_-]{8,250}$")]


class WebhookChange(Change):
    """What is to be different about the webhook; a first one needs `url` and `secret`."""

    enabled: StrictBool | None = None
    url: WebhookUrl | None = Field(None, description="https, of the public internet.")
    secret: WebhookSecret | None = Field(
        None, description="`whsec_` and 8 to 250 characters of base64; signs every delivery, and is never returned."
    )
    include_recording: StrictBool | None = None
    include_transcript: StrictBool | None = None
    include_summary: StrictBool | None = None


class TenantConfigChange(Change):
    """What is to be different; what is not sent stays as it is."""

    nullable: ClassVar[frozenset[str]] = frozenset({"post_meeting_webhook"})

    auto_start_recording: StrictBool | None = None
    recording_retention_days: Days | None = None
    max_recording_duration_minutes: Minutes | None = None
    post_meeting_webhook: WebhookChange | None = Field(None, description="null: none.")


class WebhookOut(WireModel):
    """Where the tenant hears of finished recordings."""

    enabled: bool
    url: str
    include_recording: bool
    include_transcript: bool
    include_summary: bool


class TenantConfig(WireModel):
    """What a tenant wants of its rooms."""

    auto_start_recording: bool
    recording_retention_days: int
    max_recording_duration_minutes: int
    post_meeting_webhook: WebhookOut | None

    @staticmethod
    def of(tenant: Tenant) -> TenantConfig:
        target = tenant.post_meeting_webhook
        return TenantConfig(
            auto_start_recording=tenant.auto_start_recording,
            recording_retention_days=tenant.recording_retention_days,
            max_recording_duration_minutes=tenant.max_recording_duration_minutes,
            post_meeting_webhook=_webhook_out(target) if target else None,
        )


def _webhook_out(target: WebhookTarget) -> WebhookOut:
    return WebhookOut(
        enabled=target.enabled,
        url=target.url,
        include_recording=target.include_recording,
        include_transcript=target.include_transcript,
        include_summary=target.include_summary,
    )
