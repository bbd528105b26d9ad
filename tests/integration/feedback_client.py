"""A client of the feedback API, and what every refusal of that API looks like."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from socket import SHUT_WR, create_connection
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import requests

from tests.integration.api_keys import save_key
from tests.integration.platform import Client, RunningPlatform, eventually

METADATA: Mapping[str, Any] = {
    "version": "1.4.0",
    "duration": 12.5,
    "url": "https://shop.example/checkout",
    "title": "The button does nothing",
    "intent": "bug",
    "features": {"console": True},
    "visitedUrls": ["https://shop.example/checkout"],
}
SOCKET_TIMEOUT_S = 20


class Feedback(Client):
    """A client of one user, or of nobody."""

    mount = "/feedback/api/feedback"

    def create(self, **members: Any) -> dict[str, Any]:
        """Create a recording; fails the test when that is refused."""
        answer = self.call("POST", "/recordings", json={"metadata": METADATA, **members})
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def read(self, id: str, what: str = "", **more: Any) -> requests.Response:
        """GET the recording, or its `video`, `analysis`, `summary`, `timeline`, `transcript`."""
        return self.call("GET", f"/recordings/{id}/{what}".removesuffix("/"), **more)

    def put_video(self, id: str, content: Any, content_type: str = "video/webm", **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call(
            "PUT", f"/recordings/{id}/video", data=content, headers={"Content-Type": content_type, **named}
        )

    def put_directly(self, created: Mapping[str, Any], content: bytes, content_type: str = "") -> requests.Response:
        """Put a video where the signed URL says; unless said otherwise, with the type that it asks for."""
        headers = {"Content-Type": content_type or created["presignedVideoContentType"]}
        return requests.put(created["uploadUrl"], data=content, headers=headers, timeout=SOCKET_TIMEOUT_S)

    def wait_for_video(self, id: str) -> str:
        """The URL of the video, once it is the playable one."""

        def look() -> str | None:
            url: str = self.read(id, "video").json()["videoUrl"]
            return url if "/remux_video." in url else None

        return eventually(look, within_s=60, what=f"the playable video of {id}")

    def begin_put(self, id: str, *, announced: int, sent: bytes) -> bytes:
        """Announce a video of so many bytes, send these, go away, and read whatever is answered."""
        address = urlsplit(self.url)
        lines = [
            f"PUT {self.mount}/recordings/{id}/video HTTP/1.1",
            f"Host: {address.netloc}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
            "Content-Type: video/webm",
            f"Content-Length: {announced}",
        ]
        place = str(address.hostname), address.port or 80
        with closing(create_connection(place, timeout=SOCKET_TIMEOUT_S)) as connection:
            connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + sent)
            connection.shutdown(SHUT_WR)
            answer: bytes = connection.makefile("rb").read()
            return answer


def new_feedback_client(platform: RunningPlatform, tenant: str = "feedback") -> Feedback:
    """A client of a new user of always the same tenant."""
    return Feedback(platform.url, save_key(tenant, f"user-{uuid4().hex[:12]}"))


def refusal(answer: requests.Response, status: int, code: str) -> str:
    """The message of an answer that refuses, which must be of the family's shape.

    Raises:
        AssertionError: another status or code, or a body that says more or less than it should.
    """
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    message, hint = body["error"], body["hint"]
    assert body == {"success": False, "error": message, "code": code, "hint": hint}
    assert message
    assert hint
    return f"{message} {hint}"
