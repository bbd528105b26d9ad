"""Deliveries of webhooks on the wire: where and when, and how it went; never what was said, for it opens the file."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from shared.rooms.api import PageMeta, RecordingId
from shared.rooms.domain import Delivery, DeliveryAttempt
from shared.rooms.reading import Page
from shared.wire import WireModel

#: Not checked here: as with `RoomId`.
DeliveryId = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^dlv_[a-z0-9]{12,64}$"})]
DeliveryWord = Literal["pending", "delivered", "failed"]


class AttemptOut(WireModel):
    """One attempt."""

    at: datetime
    duration_ms: int
    status: int | None = Field(description="The status of the answer; null where there was none.")
    error: str | None = Field(description="Why there was none.")

    @staticmethod
    def of(attempt: DeliveryAttempt) -> AttemptOut:
        return AttemptOut(at=attempt.at, duration_ms=attempt.duration_ms, status=attempt.status, error=attempt.error)


class DeliveryOut(WireModel):
    """One thing that the tenant's server was told, or is to be told."""

    id: DeliveryId
    recording_id: RecordingId
    event: str
    url: str
    status: DeliveryWord
    created_at: datetime
    next_attempt_at: datetime | None = Field(description="null: there is none.")
    attempts: list[AttemptOut] = Field(description="Oldest first, at most the last 500.")

    @staticmethod
    def of(delivery: Delivery) -> DeliveryOut:
        return DeliveryOut(
            id=delivery.id,
            recording_id=delivery.recording_id,
            event=delivery.event,
            url=delivery.url,
            status=delivery.state.value,
            created_at=delivery.created_at,
            next_attempt_at=delivery.next_attempt_at,
            attempts=[AttemptOut.of(attempt) for attempt in delivery.attempts],
        )


class DeliveryList(WireModel):
    """A page of deliveries, newest first."""

    data: list[DeliveryOut]
    meta: PageMeta

    @staticmethod
    def of(page: Page[Delivery], *, limit: int, offset: int) -> DeliveryList:
        return DeliveryList(
            data=[DeliveryOut.of(delivery) for delivery in page.items],
            meta=PageMeta(total=page.total, limit=limit, offset=offset),
        )
