"""A recording's whole life, as the README tells it: every answer byte for byte, but for ids, times, URLs and sums."""

from __future__ import annotations

import json
import re
from typing import Any

import requests

from tests.integration.platform import RunningPlatform, eventually
from tests.integration.rooms_client import RoomsClient, new_rooms_client, new_tenant, taken
from tests.unit.webhook_receiver import Receiver

SECRET = "whsec_0123456789abcdef"
#: What differs from time to time, by the word that stands for it.
VARYING = {
    r"rec_[a-z0-9]{12,}": "REC",
    r"room_[a-z0-9]{12,}": "ROOM",
    r'"https?://[^"]+"': "URL",
    r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"': "TIME",
    r'(?<="request_id":)"[0-9a-f]{32}"': "REQUEST",
    r'(?<="size_bytes":)[1-9]\d*|(?<="file_size":)[1-9]\d*': "SIZE",
    r'(?<="duration_seconds":)[1-9]\d*|(?<="duration":)[1-9]\d*': "SECONDS",
}


def masked(answer: requests.Response, status: int) -> str:
    taken(answer, status)
    text = answer.text
    for pattern, word in VARYING.items():
        text = re.sub(pattern, word, text)
    return text


def test_the_whole_life_of_a_recording_is_as_in_the_contract(
    platform: RunningPlatform, tenants_server: Receiver
) -> None:
    tenant = new_tenant()
    rooms = new_rooms_client(platform, tenant, role="admin")
    hooks = {"enabled": True, "url": f"{tenants_server.url}/{tenant}", "secret": SECRET, "include_recording": True}
    rooms.call("PATCH", f"/tenants/{tenant}/config", json={"post_meeting_webhook": hooks}).raise_for_status()

    made = rooms.call("POST", "/rooms", json={"name": "Algebra"})
    room = f"/rooms/{made.json()['id']}"
    started = rooms.call("POST", f"{room}/recordings/start")
    recording = f"/recordings/{started.json()['data']['id']}"
    again = rooms.call("POST", f"{room}/recordings/start")
    stopped = rooms.call("POST", f"{room}/recordings/stop")
    nothing = rooms.call("POST", f"{room}/recordings/stop")

    assert masked(made, 201) == (
        '{"id":"ROOM","name":"Algebra","status":"active","config":'
        '{"max_participants":null,"recording_enabled":true,"chat_enabled":true},"created_at":TIME}'
    )
    assert masked(started, 201) == '{"data":{"id":"REC","room_id":"ROOM","status":"recording","started_at":TIME}}'
    assert again.status_code == 409
    assert masked(stopped, 200) == '{"data":{"id":"REC","room_id":"ROOM","status":"processing","stopped_at":TIME}}'
    assert nothing.status_code == 404

    eventually(lambda: status_of(rooms, recording) == "ready", within_s=60, what="its webhook, and its import")

    summary = '"id":"REC","room_id":"ROOM","status":"ready","duration_seconds":SECONDS,"size_bytes":SIZE'
    assert masked(rooms.call("GET", "/recordings"), 200) == (
        '{"data":[{' + summary + ',"created_at":TIME}],"meta":{"total":1,"limit":20,"offset":0}}'
    )
    assert masked(rooms.call("GET", recording), 200) == (
        '{"data":{"id":"REC","room_id":"ROOM","room":{"id":"ROOM","name":"Algebra"},"status":"ready",'
        '"duration_seconds":SECONDS,"size_bytes":SIZE,"started_at":TIME,"stopped_at":TIME}}'
    )
    assert masked(rooms.call("GET", f"{recording}/download"), 200) == (
        '{"recording_id":"REC","download_url":URL,"status":"ready","duration":SECONDS,"file_size":SIZE,"provider":"r2"}'
    )
    told = eventually(lambda: told_to(tenants_server, tenant), what="the tenant's server being told")
    assert told["event"] == "meeting.recording_ready"
    assert f"/recordings/{told['recording']['id']}" == recording

    archived = rooms.call("POST", f"{recording}/archive")
    asleep = rooms.call("GET", f"{recording}/download")
    restoring = rooms.call("POST", f"{recording}/restore", json={"tier": "Standard"})
    awake = eventually(lambda: offered(rooms, recording), what="the file's return")

    assert masked(archived, 200) == '{"data":{"id":"REC","status":"archived","archived_at":TIME}}'
    assert asleep.status_code == 200
    assert list(asleep.json()) == ["recording_id", "status", "message"]
    assert masked(restoring, 202) == (
        '{"data":{"id":"REC","status":"archived","restore":{"state":"in_progress","eta":TIME}}}'
    )
    assert '"provider":"s3_glacier"' in masked(awake, 200)

    deleted = rooms.call("DELETE", recording)

    assert masked(deleted, 200) == '{"data":{"id":"REC","deleted":true,"deleted_at":TIME}}'
    gone = '{"error":"recording not found","code":"not_found","request_id":REQUEST}'
    assert [masked(rooms.call(method, recording), 404) for method in ("GET", "DELETE")] == [gone, gone]
    assert rooms.call("GET", "/recordings").json()["meta"]["total"] == 0


def status_of(rooms: RoomsClient, recording: str) -> str:
    status: str = rooms.call("GET", recording).json()["data"]["status"]
    return status


def told_to(server: Receiver, tenant: str) -> dict[str, Any] | None:
    """What the tenant's server was told first."""
    return next((json.loads(one.body) for one in server.told if one.path.endswith(tenant)), None)


def offered(rooms: RoomsClient, recording: str) -> requests.Response | None:
    """The offer of the file, once there is one."""
    answer = rooms.call("GET", f"{recording}/download")
    return answer if "download_url" in answer.json() else None
