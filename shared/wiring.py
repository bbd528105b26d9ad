"""Where ports meet their adapters: the composition root.

Ports and adapters are named as text. An adapter is imported when the first function that has its port in its signature
asks for it, and a port by whoever speaks of it, so a cold start pays only for what the function uses.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from shared.loading import load
from shared.structs import Struct


class Wire(Struct, frozen=True):
    """A port's factory (`module:callable`) and the IAM roles that its user needs."""

    factory: str
    roles: tuple[str, ...] = ()


#: By the port: the module below `shared`, and the name.
WIRES: dict[str, Wire] = {
    "ports:Clock": Wire("shared.adapters.system:SystemClock"),
    "ports:Ids": Wire("shared.adapters.system:RandomIds"),
    "ports:Recordings": Wire("shared.adapters.firestore.client:recordings", ("roles/datastore.user",)),
    "ports.rooms:Rooms": Wire("shared.adapters.firestore.rooms:rooms", ("roles/datastore.user",)),
    "ports.meetings:Meetings": Wire("shared.adapters.realtimekit.meetings:meetings"),
    "ports.meetings:WebhookKeys": Wire("shared.adapters.realtimekit.webhook_keys:webhook_keys"),
    "ports.ready_files:ReadyPolicy": Wire("shared.adapters.ready_policy:ready_policy"),
    "ports.sealing:Sealing": Wire("shared.adapters.sealing:sealing"),
    "ports.webhooks:WebhookSender": Wire("shared.adapters.webhooks:webhook_sender"),
    "ports.files:HotFiles": Wire("shared.adapters.s3.stores:hot_files"),
    "ports.files:ColdFiles": Wire("shared.adapters.s3.stores:cold_files"),
    "ports.downloads:Downloads": Wire("shared.adapters.downloads:downloads"),
    "ports:Keys": Wire("shared.adapters.firestore.client:keys", ("roles/datastore.user",)),
    "ports:Tasks": Wire("shared.adapters.tasks:tasks", ("roles/cloudtasks.enqueuer", "roles/cloudtasks.viewer")),
    "ports:Media": Wire(
        "shared.adapters.gcs:media",
        ("roles/storage.objectUser", "roles/iam.serviceAccountTokenCreator"),
    ),
    "ports:UploadPolicy": Wire("shared.adapters.upload_policy:upload_policy"),
    "ports:UrlGuard": Wire("shared.adapters.url_guard:url_guard"),
    "ports.frames:FrameReader": Wire("shared.adapters.frame_reader:frame_reader", ("roles/aiplatform.user",)),
    "ports.analysts:Analyst": Wire("shared.adapters.analyst:analyst", ("roles/aiplatform.user",)),
    "ports.pages:PageInspector": Wire("shared.adapters.page_inspector:page_inspector"),
}


def is_port(hint: object) -> bool:
    """Whether somebody implements this."""
    return isinstance(hint, type) and _name_of(hint) in WIRES


def wire_of(port: type) -> Wire:
    """What is behind a port.

    Raises:
        KeyError: it is none.
    """
    return WIRES[_name_of(port)]


@cache
def wired(port: type) -> Any:
    """The adapter behind a port; one per process, shared by threads."""
    module, _, factory = wire_of(port).factory.partition(":")
    return getattr(load(module), factory)()


def _name_of(port: type) -> str:
    return f"{port.__module__.removeprefix('shared.')}:{port.__qualname__}"
