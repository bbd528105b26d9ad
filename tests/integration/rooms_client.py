"""A client of the rooms API."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import requests

from shared.structs import replace
from tests.integration.api_keys import save_key
from tests.integration.platform import Client, RunningPlatform


class RoomsClient(Client):
    """A client of one tenant."""

    mount = "/rooms/api/v1"

    def create_room(self, name: str = "Algebra", **config: Any) -> dict[str, Any]:
        """Make a room; fails the test when that is refused."""
        return taken(self.call("POST", "/rooms", json={"name": name, "config": config}), 201)

    def start(self, room_id: str) -> dict[str, Any]:
        """Start to record a room; fails the test when that is refused."""
        recording: dict[str, Any] = taken(self.call("POST", f"/rooms/{room_id}/recordings/start"), 201)["data"]
        return recording

    def stop(self, room_id: str) -> dict[str, Any]:
        """Stop the room's recording; fails the test when that is refused."""
        recording: dict[str, Any] = taken(self.call("POST", f"/rooms/{room_id}/recordings/stop"), 200)["data"]
        return recording

    def recording(self, id: str) -> dict[str, Any]:
        """The recording; fails the test when there is none."""
        recording: dict[str, Any] = taken(self.call("GET", f"/recordings/{id}"), 200)["data"]
        return recording


def new_rooms_client(platform: RunningPlatform, tenant: str | None = None, role: str = "member") -> RoomsClient:
    """A client of that tenant, or of a new one."""
    tenant = tenant or new_tenant()
    return RoomsClient(platform.url, save_key(tenant, changed=lambda key: replace(key, role=role)))


def new_tenant() -> str:
    """A tenant that has nothing yet."""
    return f"tenant-{uuid4().hex[:12]}"


def taken(answer: requests.Response, status: int) -> dict[str, Any]:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = answer.json()
    return body


def refusal(answer: requests.Response, status: int, code: str) -> str:
    """The message of an answer that refuses, which must be of the family's shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    message: str = body["error"]
    assert body == {"error": message, "code": code, "request_id": answer.headers["X-Request-Id"]}
    assert message
    return message
