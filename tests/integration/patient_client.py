"""A client of a platform that dies: it repeats what was not answered, and remembers what was acknowledged."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests

from tests.integration.platform import TIMEOUT_S, Capture

PATIENCE_S = 60
PAUSE_S = 0.1


@dataclass(frozen=True)
class Acknowledged:
    """What the platform has promised to keep; `events` and `video` are what was sent."""

    id: str
    name: str
    events: list[dict[str, Any]]
    video: bytes | None = None


@dataclass
class PatientClient:
    """A client that sends the same request, with the same Idempotency-Key, until it is answered.

    `forget_reservation` is called with a key whose first request died with the platform: by itself its reservation
    lasts for a minute.
    """

    capture: Capture
    forget_reservation: Callable[[str], None]
    kept: list[Acknowledged] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    uploaded: list[str] = field(default_factory=list)

    def create(self, name: str, *, video: bytes | None = None) -> Acknowledged:
        """Create a recording and, where there is a video, upload it; returns when all of it is acknowledged."""
        events = events_of(name)
        body = {"started_at": "2026-05-04T10:00:00Z", "name": name, "events": events, "has_video": video is not None}
        created = self._create(body, key=uuid4().hex).json()
        made = Acknowledged(created["id"], name, events, video)
        self.kept.append(made)
        if video is not None:
            url: str = created["video_upload_url"]
            self._until_answered(lambda: requests.put(url, data=video, timeout=TIMEOUT_S), {200})
            self.uploaded.append(made.id)
        return made

    def delete(self, made: Acknowledged) -> None:
        """Delete a recording; when the answer to a first request was lost, a second one finds nothing."""
        self._until_answered(lambda: self.capture.delete(made.id), {204, 404})
        self.kept.remove(made)
        self.deleted.append(made.id)

    def get(self, path: str) -> requests.Response:
        """What the API says of a path, once it says anything."""
        return self._until_answered(lambda: self.capture.call("GET", f"/api/v1/recordings{path}"), {200, 404, 409})

    def download(self, url: str) -> bytes:
        """What a URL leads to."""
        return self._until_answered(lambda: requests.get(url, timeout=TIMEOUT_S), {200}).content

    def _create(self, body: dict[str, Any], *, key: str) -> requests.Response:
        def attempt() -> requests.Response:
            answer = self.capture.call("POST", "/api/v1/recordings", json=body, headers={"Idempotency-Key": key})
            if answer.status_code == 409 and answer.json()["code"] == "idempotency_in_progress":
                self.forget_reservation(key)
            return answer

        return self._until_answered(attempt, {201}, again={409})

    def _until_answered(
        self, call: Callable[[], requests.Response], wanted: Collection[int], again: Collection[int] = ()
    ) -> requests.Response:
        """Call until there is an answer that a client need not repeat, which must be one that is wanted."""
        ends_at = time.monotonic() + PATIENCE_S
        seen: object = None
        while time.monotonic() < ends_at:
            try:
                answer = call()
            except requests.RequestException as error:
                seen = error
            else:
                if answer.status_code in wanted:
                    return answer
                seen = f"{answer.status_code}: {answer.text}"
                assert answer.status_code >= 500 or answer.status_code in again, seen
            time.sleep(PAUSE_S)
        raise AssertionError(f"no answer after {PATIENCE_S} s: {seen}")


def events_of(name: str) -> list[dict[str, Any]]:
    """Events that are this recording's and no other's."""
    page = {"type": 4, "timestamp": 1_000, "data": {"href": f"https://shop.example/{name}", "width": 1, "height": 1}}
    return [page, {"type": 5, "timestamp": 2_000, "data": {"tag": "note", "payload": name}}]
