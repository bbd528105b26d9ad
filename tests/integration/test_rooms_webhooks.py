"""Webhooks of the provider on the running platform: late, twice, reordered, forged, and about nobody's meeting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.integration.platform import RunningPlatform, eventually
from tests.integration.rooms_client import RoomsClient, new_rooms_client, new_tenant, refusal, taken
from tests.integration.rooms_provider import control, hold, meeting_of
from tests.integration.rooms_signed import signed_by_the_provider, signed_with_the_secret
from tests.integration.stored import count_runs

RECEIVED = '{"data":{"received":true}}'


@pytest.fixture
def rooms(platform: RunningPlatform) -> RoomsClient:
    """An administrator of a tenant that has nothing yet."""
    return new_rooms_client(platform, role="admin")


def post(platform: RunningPlatform, path: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
    """Send a webhook: whoever does has no credentials of ours."""
    url = f"{platform.url}/rooms/api/v1/webhooks/cloudflare/{path}"
    return requests.post(url, data=body, headers={"Content-Type": "application/json", **headers}, timeout=10)


def update(meeting_id: str, recording_id: str) -> bytes:
    recording = {"id": recording_id, "meetingId": meeting_id, "status": "UPLOADED"}
    return json.dumps({"event": "recording.statusUpdate", "recording": recording}).encode()


def signed_ready(**said: Any) -> tuple[bytes, dict[str, str]]:
    """Word that a file is ready, and the header that signs it."""
    body = json.dumps({"type": "recording.ready", "content_type": "video/mp4", **said}).encode()
    return body, signed_with_the_secret(body)


def webhooks_of(room_id: str) -> list[dict[str, Any]]:
    """What the provider has to say of a room's meeting, oldest first."""
    found: list[dict[str, Any]] = control("GET", f"/meetings/{meeting_of(room_id)}/webhooks")
    return found


def provider_id_of(room_id: str) -> str:
    """The only recording of the room at the provider."""
    [recording] = control("GET", f"/meetings/{meeting_of(room_id)}/recordings")
    id: str = recording["id"]
    return id


def only_recording(rooms: RoomsClient) -> dict[str, Any] | None:
    """The tenant's only recording, if it has one yet."""
    listed = taken(rooms.call("GET", "/recordings"), 200)["data"]
    assert len(listed) <= 1
    return listed[0] if listed else None


def wait_for(rooms: RoomsClient, status: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found = only_recording(rooms)
        return found if found is not None and found["status"] == status else None

    return eventually(look, within_s=60, what=status)


def test_a_meeting_that_is_recorded_by_itself_is_heard_of_and_imported(platform: RunningPlatform) -> None:
    tenant = new_tenant()
    rooms = new_rooms_client(platform, tenant, role="admin")
    taken(rooms.call("PATCH", f"/tenants/{tenant}/config", json={"auto_start_recording": True}), 200)
    room_id = rooms.create_room()["id"]

    control("POST", f"/meetings/{meeting_of(room_id)}/join")
    live = wait_for(rooms, "recording")
    rooms.stop(room_id)
    ready = wait_for(rooms, "ready")

    assert ready["id"] == live["id"]
    assert ready["room_id"] == room_id
    assert ready["size_bytes"] > 0
    assert count_runs(ready["id"]) == 1


def test_webhooks_in_any_order_and_any_number_of_times_import_a_recording_once(rooms: RoomsClient) -> None:
    room_id = rooms.create_room()["id"]
    hold(room_id, "RECORDING", "UPLOADING")
    recording = rooms.start(room_id)
    control("POST", f"/recordings/{provider_id_of(room_id)}/advance", json={"to": "UPLOADED"})
    late = webhooks_of(room_id)

    answers = [control("POST", f"/webhooks/{webhook['id']}/deliver")["status"] for webhook in [*reversed(late), *late]]
    wait_for(rooms, "ready")

    assert len(late) >= 3
    assert set(answers) == {200}
    assert count_runs(recording["id"]) == 1
    assert rooms.recording(recording["id"])["status"] == "ready"


def test_an_unsigned_webhook_is_a_bad_request_and_a_forged_one_is_refused(
    platform: RunningPlatform, rooms: RoomsClient
) -> None:
    body = update("meeting", "recording")

    unsigned = post(platform, "recording", body, {})
    forged = post(platform, "recording", body, signed_by_the_provider(b"another body"))
    unsigned_word = post(platform, "recording-ready", body, {})
    forged_word = post(platform, "recording-ready", body, {"X-Cloudflare-Signature": "00" * 32})

    refusal(unsigned, 400, "invalid_request")
    refusal(forged, 401, "unauthorized")
    refusal(unsigned_word, 400, "invalid_request")
    refusal(forged_word, 401, "unauthorized")


def test_a_webhook_of_more_than_a_mebibyte_is_not_looked_at(platform: RunningPlatform) -> None:
    body = b" " * (1024 * 1024 + 1)

    refusal(post(platform, "recording", body, {"rtk-signature": "AAAA"}), 413, "too_large")


def test_a_meeting_that_no_room_owns_is_no_error(platform: RunningPlatform) -> None:
    body = update(str(uuid4()), str(uuid4()))

    answer = post(platform, "recording", body, signed_by_the_provider(body))

    assert (answer.status_code, answer.text) == (200, RECEIVED)
    eventually(lambda: "a meeting of no room" in platform.logs("api"), what="its line in the log")


def test_word_that_a_file_is_ready_is_only_a_hint(platform: RunningPlatform, rooms: RoomsClient) -> None:
    room_id = rooms.create_room()["id"]
    hold(room_id, "RECORDING", "UPLOADING")
    recording = rooms.start(room_id)
    control("POST", f"/recordings/{provider_id_of(room_id)}/advance", json={"to": "UPLOADED"})
    body, headers = signed_ready(
        recording_id=provider_id_of(room_id), meeting_id=meeting_of(room_id), url="https://elsewhere.example/1.mp4"
    )

    answer = post(platform, "recording-ready", body, headers)

    assert (answer.status_code, answer.text) == (200, RECEIVED)
    assert wait_for(rooms, "ready")["id"] == recording["id"]


def test_a_file_that_the_provider_does_not_know_is_imported_from_a_host_that_is_listed(
    platform: RunningPlatform, rooms: RoomsClient
) -> None:
    other_id, room_id = rooms.create_room("Where the file is from")["id"], rooms.create_room()["id"]
    hold(other_id, "RECORDING", "UPLOADING")
    control("POST", f"/meetings/{meeting_of(other_id)}/join")
    rooms.start(other_id)
    finished = control("POST", f"/recordings/{provider_id_of(other_id)}/advance", json={"to": "UPLOADED"})
    taken(rooms.call("DELETE", f"/recordings/{only_recording(rooms)['id']}"), 200)  # type: ignore[index]
    body, headers = signed_ready(
        recording_id=str(uuid4()), meeting_id=meeting_of(room_id), url=finished["download_url"], duration_seconds=7
    )

    answer = post(platform, "recording-ready", body, headers)
    ready = wait_for(rooms, "ready")

    assert (answer.status_code, answer.text) == (200, RECEIVED)
    assert (ready["room_id"], ready["size_bytes"]) == (room_id, finished["file_size"])
