"""What a tenant wants, as the contract has it."""

from __future__ import annotations

from typing import Any

import pytest

from shared.ports.rooms import Rooms
from shared.ports.sealing import Sealing
from shared.wiring import wired
from tests.integration.platform import RunningPlatform
from tests.integration.rooms_client import RoomsClient, new_rooms_client, new_tenant, refusal, taken

DEFAULTS = (
    '{"data":{"auto_start_recording":false,"recording_retention_days":30,"max_recording_duration_minutes":120,'
    '"post_meeting_webhook":null}}'
)
SECRET = "whsec_0123456789abcdef"
URL = "https://8.8.8.8/hooks"  # an address: nothing is looked up


@pytest.fixture
def tenant() -> str:
    return new_tenant()


@pytest.fixture
def admin(platform: RunningPlatform, tenant: str) -> RoomsClient:
    """An administrator of a tenant that has nothing yet."""
    return new_rooms_client(platform, tenant, role="admin")


def change(admin: RoomsClient, tenant: str, **changes: Any) -> dict[str, Any]:
    config: dict[str, Any] = taken(admin.call("PATCH", f"/tenants/{tenant}/config", json=changes), 200)["data"]
    return config


def test_a_tenant_begins_with_the_contracts_defaults(admin: RoomsClient, tenant: str) -> None:
    answer = admin.call("GET", f"/tenants/{tenant}/config")

    assert (answer.status_code, answer.text) == (200, DEFAULTS)


def test_changes_are_merged(admin: RoomsClient, tenant: str) -> None:
    change(admin, tenant, recording_retention_days=3650)

    config = change(admin, tenant, auto_start_recording=True, max_recording_duration_minutes=1)

    assert config == {
        "auto_start_recording": True,
        "recording_retention_days": 3650,
        "max_recording_duration_minutes": 1,
        "post_meeting_webhook": None,
    }
    assert taken(admin.call("GET", f"/tenants/{tenant}/config"), 200)["data"] == config


def test_a_webhooks_secret_is_never_returned_and_stored_encrypted(admin: RoomsClient, tenant: str) -> None:
    config = change(admin, tenant, post_meeting_webhook={"url": URL, "secret": SECRET, "include_summary": True})

    assert config["post_meeting_webhook"] == {
        "enabled": True,
        "url": URL,
        "include_recording": True,
        "include_transcript": False,
        "include_summary": True,
    }
    stored = wired(Rooms).find_tenant(tenant)
    assert stored is not None
    assert SECRET not in repr(stored)
    assert wired(Sealing).open(stored.post_meeting_webhook.sealed_secret) == SECRET
    assert SECRET not in admin.call("GET", f"/tenants/{tenant}/config").text


@pytest.mark.parametrize(
    "changes",
    [
        {"recording_retention_days": 0},
        {"recording_retention_days": 3651},
        {"recording_retention_days": "30"},
        {"max_recording_duration_minutes": 0},
        {"max_recording_duration_minutes": 1441},
        {"auto_start_recording": "yes"},
        {"post_meeting_webhook": []},
        {"post_meeting_webhook": {"url": URL}},
        {"post_meeting_webhook": {"secret": SECRET}},
        {"post_meeting_webhook": {"url": URL, "secret": "secret"}},
        {"post_meeting_webhook": {"url": URL.replace("https", "http"), "secret": SECRET}},
        {"post_meeting_webhook": {"url": "https://10.0.0.1/hooks", "secret": SECRET}},
        {"post_meeting_webhook": {"url": "https://169.254.169.254/", "secret": SECRET}},
        {"post_meeting_webhook": {"url": "http://127.0.0.1:9/hooks", "secret": SECRET}},
        {"post_meeting_webhook": {"url": "ftp://8.8.8.8/hooks", "secret": SECRET}},
    ],
    ids=lambda case: str(case)[:80],
)
def test_what_is_not_allowed_changes_nothing(admin: RoomsClient, tenant: str, changes: dict[str, Any]) -> None:
    answer = admin.call("PATCH", f"/tenants/{tenant}/config", json=changes)

    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "code", "request_id"}
    assert "secret" not in answer.json()["error"].replace(".secret", "")
    assert admin.call("GET", f"/tenants/{tenant}/config").text == DEFAULTS


def test_only_an_administrator_of_that_very_tenant_sees_or_changes_it(
    platform: RunningPlatform, admin: RoomsClient, tenant: str
) -> None:
    member = new_rooms_client(platform, tenant)
    foreign_admin = new_rooms_client(platform, role="admin")

    for method in ("GET", "PATCH"):
        more = {"json": {"recording_retention_days": 1}} if method == "PATCH" else {}
        refusal(member.call(method, f"/tenants/{tenant}/config", **more), 403, "forbidden")
        refusal(foreign_admin.call(method, f"/tenants/{tenant}/config", **more), 404, "not_found")
    assert admin.call("GET", f"/tenants/{tenant}/config").text == DEFAULTS


def test_rooms_hear_of_recording_by_itself(platform: RunningPlatform, admin: RoomsClient, tenant: str) -> None:
    before = admin.create_room()

    change(admin, tenant, auto_start_recording=True)
    after = admin.create_room()

    rooms: Rooms = wired(Rooms)
    waiting, made = rooms.find_room(before["id"]), rooms.find_room(after["id"])
    assert waiting is not None
    assert waiting.sync_at is not None
    assert made is not None
    assert made.records_on_start
