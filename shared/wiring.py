"""Where ports meet their adapters: the composition root.

An adapter is named as text and imported when the first function that has its port in its signature asks for it, so a
cold start pays only for what the function uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from shared import ports
from shared.loading import load
from shared.ports import analysts, downloads, files, frames, meetings, pages, ready_files, rooms, sealing, webhooks


@dataclass(frozen=True, slots=True)
class Wire:
    """A port's factory (`module:callable`) and the IAM roles that its user needs."""

    factory: str
    roles: tuple[str, ...] = ()


WIRES: dict[type, Wire] = {
    ports.Clock: Wire("shared.adapters.system:SystemClock"),
    ports.Ids: Wire("shared.adapters.system:RandomIds"),
    ports.Recordings: Wire("shared.adapters.firestore.client:recordings", ("roles/datastore.user",)),
    rooms.Rooms: Wire("shared.adapters.firestore.client:rooms", ("roles/datastore.user",)),
    meetings.Meetings: Wire("shared.adapters.realtimekit.meetings:meetings"),
    meetings.WebhookKeys: Wire("shared.adapters.realtimekit.webhook_keys:webhook_keys"),
    ready_files.ReadyPolicy: Wire("shared.adapters.ready_policy:ready_policy"),
    sealing.Sealing: Wire("shared.adapters.sealing:sealing"),
    webhooks.WebhookSender: Wire("shared.adapters.webhooks:webhook_sender"),
    files.HotFiles: Wire("shared.adapters.s3.stores:hot_files"),
    files.ColdFiles: Wire("shared.adapters.s3.stores:cold_files"),
    downloads.Downloads: Wire("shared.adapters.downloads:downloads"),
    ports.Keys: Wire("shared.adapters.firestore.client:keys", ("roles/datastore.user",)),
    ports.Tasks: Wire("shared.adapters.tasks:tasks", ("roles/cloudtasks.enqueuer", "roles/cloudtasks.viewer")),
    ports.Media: Wire(
        "shared.adapters.gcs:media",
        ("roles/storage.objectUser", "roles/iam.serviceAccountTokenCreator"),
    ),
    ports.UploadPolicy: Wire("shared.adapters.upload_policy:upload_policy"),
    ports.UrlGuard: Wire("shared.adapters.url_guard:url_guard"),
    frames.FrameReader: Wire("shared.adapters.frame_reader:frame_reader", ("roles/aiplatform.user",)),
    analysts.Analyst: Wire("shared.adapters.analyst:analyst", ("roles/aiplatform.user",)),
    pages.PageInspector: Wire("shared.adapters.page_inspector:page_inspector"),
}


@cache
def wired(port: type) -> Any:
    """The adapter behind a port; one per process, shared by threads."""
    module, _, factory = WIRES[port].factory.partition(":")
    return getattr(load(module), factory)()
