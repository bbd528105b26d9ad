"""The demo of the rooms API: a meeting is recorded, imported, downloaded, archived, restored and deleted."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from demo.receiver import SECRET
from demo.telling import PATIENCE_S, json_of, save, timed

Json = dict[str, Any]


class RoomsDemo:
    """A client of the rooms API, an administrator of its tenant; `hooks` is where the tenant takes webhooks."""

    def __init__(self, url: str, api_key: str, *, tenant: str, hooks: str) -> None:
        self._api = f"{url}/rooms/api/v1"
        self._tenant, self._hooks = tenant, hooks
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {api_key}"

    def run(self) -> Path:
        """Take a recording through its whole life; returns its file."""
        with timed("PATCH …/tenants/{id}/config: where the tenant takes webhooks"):
            webhook = {"enabled": True, "url": f"{self._hooks}/hooks", "secret": SECRET, "include_recording": True}
            self._ask("PATCH", f"/tenants/{self._tenant}/config", json={"post_meeting_webhook": webhook})
        with timed("POST …/rooms, and …/recordings/start"):
            room = self._ask("POST", "/rooms", json={"name": "Algebra, group 3"})
            recording = self._ask("POST", f"/rooms/{room['id']}/recordings/start")["data"]
            print(f"      room {room['id']}; recording {recording['id']} is {recording['status']}")
        with timed("POST …/recordings/stop; RealtimeKit's signed webhook brings the file to R2"):
            time.sleep(1)  # a meeting takes its time
            self._ask("POST", f"/rooms/{room['id']}/recordings/stop")
            ready = self._wait(recording["id"], "ready")
            print(f"      ready: {ready['size_bytes']:,} bytes, {ready['duration_seconds']} s, verified")
        target = self._download(recording["id"])
        self._show_webhook(recording["id"])
        self._archive_and_restore(recording["id"])
        with timed("DELETE …/recordings/{id}: soft, the file stays until the tenant's retention is over"):
            self._ask("DELETE", f"/recordings/{recording['id']}")
        return target

    def _ask(self, method: str, path: str, **more: Any) -> Json:
        answer: Json = json_of(self._http.request(method, self._api + path, timeout=60, **more))
        return answer

    def _wait(self, id: str, status: str) -> Json:
        def look() -> Json | None:
            recording: Json = self._ask("GET", f"/recordings/{id}")["data"]
            if recording["status"] == "failed":
                sys.exit("the recording has failed: see the logs under .playhead/logs")
            return recording if recording["status"] == status else None

        return _until(look, f"{id} being {status}")

    def _download(self, id: str) -> Path:
        with timed("GET …/download"):
            offer = self._ask("GET", f"/recordings/{id}/download")
            answer = requests.get(offer["download_url"], timeout=60)
            answer.raise_for_status()
            target = save("meeting.webm", answer.content)
            print(f"      {len(answer.content):,} bytes from {offer['provider']}")
        return target

    def _show_webhook(self, id: str) -> None:
        def look() -> Json | None:
            told: list[Json] = json_of(requests.get(self._hooks, timeout=10))
            return next((one for one in told if one["recording"]["id"] == id), None)

        with timed("the tenant's server is told, with a signature that it checks"):
            told = _until(look, "the webhook")
            print(f"      {told['event']} of {told['meeting']['name']!r}")

    def _archive_and_restore(self, id: str) -> None:
        with timed("POST …/archive: to S3 Glacier, verified before R2 lets go"):
            archived = self._ask("POST", f"/recordings/{id}/archive")["data"]
            offer = self._ask("GET", f"/recordings/{id}/download")
            print(f"      {archived['status']}; a download says: {offer['message']}")
        with timed("POST …/restore, and GET …/download until it is back (here in seconds, there in hours)"):
            restore = self._ask("POST", f"/recordings/{id}/restore", json={"tier": "Standard"})["data"]["restore"]
            print(f"      {restore['state']}, expected at {restore['eta']}")
            back = _until(lambda: self._restored(id), "the file's return")
            print(f"      back, from {back['provider']}")

    def _restored(self, id: str) -> Json | None:
        offer = self._ask("GET", f"/recordings/{id}/download")
        return offer if "download_url" in offer else None


def _until(look: Callable[[], Json | None], what: str) -> Json:
    ends_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_at:
        if found := look():
            return found
        time.sleep(0.2)
    sys.exit(f"still waiting for {what} after {PATIENCE_S} s")
