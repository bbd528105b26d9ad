"""Rooms, as the contract has them: shapes, statuses, pages, tenants, keys."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.integration.platform import RunningPlatform
from tests.integration.rooms_client import RoomsClient, new_rooms_client, refusal, taken
from tests.integration.rooms_provider import hold

UNKNOWN = "room_0123456789abcdef0123"
NOT_IDS = ("x", "rec_0123456789abcdef0123", "00000000-0000-4000-8000-000000000000", "room_SHOUTING0001", "room_1")
TIME = r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"'


@pytest.fixture
def rooms(platform: RunningPlatform) -> RoomsClient:
    """A client of a tenant that has nothing yet."""
    return new_rooms_client(platform)


def test_a_new_room_looks_as_in_the_contract(rooms: RoomsClient) -> None:
    answer = rooms.call("POST", "/rooms", json={"name": "Algebra", "config": {"max_participants": 12}})

    expected = (
        r'\{"id":"room_[a-z0-9]{20}","name":"Algebra","status":"active",'
        r'"config":\{"max_participants":12,"recording_enabled":true,"chat_enabled":true\},'
        rf'"created_at":{TIME}\}}'
    )
    assert answer.status_code == 201
    assert re.fullmatch(expected, answer.text), answer.text
    assert rooms.call("GET", f"/rooms/{answer.json()['id']}").text == answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": "a" * 201}, "name"),
        ({"name": "Algebra", "config": None}, "config"),
        ({"name": "Algebra", "config": {"max_participants": 0}}, "config.max_participants"),
        ({"name": "Algebra", "config": {"max_participants": "4"}}, "config.max_participants"),
        ({"name": "Algebra", "config": {"recording_enabled": "no"}}, "config.recording_enabled"),
        ({"name": "Algebra", "config": {"chat_enabled": None}}, "config.chat_enabled"),
    ],
    ids=lambda case: str(case)[:60],
)
def test_what_is_no_room_is_refused(rooms: RoomsClient, body: dict[str, Any], field: str) -> None:
    answer = rooms.call("POST", "/rooms", json=body)

    assert refusal(answer, 400, "invalid_request").startswith(f"{field}: ")
    assert rooms.call("GET", "/rooms").json()["total"] == 0


def test_the_same_key_makes_one_room(rooms: RoomsClient) -> None:
    key = {"Idempotency-Key": "algebra-1"}

    first, again = (rooms.call("POST", "/rooms", json={"name": "Algebra"}, headers=key) for _ in range(2))
    other = rooms.call("POST", "/rooms", json={"name": "Geometry"}, headers=key)

    assert (again.status_code, again.text) == (201, first.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    refusal(other, 409, "idempotency_key_reused")
    assert rooms.call("GET", "/rooms").json()["total"] == 1


def test_pages_concatenate_to_the_list_newest_first(rooms: RoomsClient) -> None:
    made = [rooms.create_room(f"Room {number}") for number in range(5)]

    pages = [rooms.call("GET", f"/rooms?limit=2&offset={offset}").json() for offset in (0, 2, 4)]

    assert [room for page in pages for room in page["rooms"]] == made[::-1]
    assert [(page["total"], page["limit"], page["offset"]) for page in pages] == [(5, 2, 0), (5, 2, 2), (5, 2, 4)]
    assert list(pages[0]) == ["rooms", "total", "limit", "offset"]


def test_of_a_room_only_what_is_sent_changes(rooms: RoomsClient) -> None:
    made = rooms.create_room("Algebra", max_participants=12)

    changed = taken(
        rooms.call("PATCH", f"/rooms/{made['id']}", json={"name": "Geometry", "config": {"chat_enabled": False}}), 200
    )
    cleared = taken(rooms.call("PATCH", f"/rooms/{made['id']}", json={"config": {"max_participants": None}}), 200)

    assert changed == {**made, "name": "Geometry", "config": {**made["config"], "chat_enabled": False}}
    assert cleared == {**changed, "config": {**changed["config"], "max_participants": None}}
    refusal(rooms.call("PATCH", f"/rooms/{made['id']}", json={"name": ""}), 400, "invalid_request")
    assert taken(rooms.call("GET", f"/rooms/{made['id']}"), 200) == cleared


def test_a_room_that_ends_says_when_and_is_not_recorded_any_more(rooms: RoomsClient) -> None:
    made = rooms.create_room()
    hold(made["id"], "RECORDING", "UPLOADING")
    recording = rooms.start(made["id"])

    ended = taken(rooms.call("POST", f"/rooms/{made['id']}/end"), 200)

    assert ended == {**made, "status": "ended", "ended_at": ended["ended_at"]}
    assert re.fullmatch(TIME, f'"{ended["ended_at"]}"')
    assert rooms.recording(recording["id"])["status"] == "processing"
    assert taken(rooms.call("POST", f"/rooms/{made['id']}/end"), 200) == ended
    refusal(rooms.call("POST", f"/rooms/{made['id']}/recordings/start"), 409, "room_ended")


def test_a_deleted_room_is_gone_and_its_recordings_stay(rooms: RoomsClient) -> None:
    made = rooms.create_room()
    hold(made["id"], "RECORDING", "UPLOADING")
    recording = rooms.start(made["id"])

    answer = rooms.call("DELETE", f"/rooms/{made['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert rooms.call("GET", "/rooms").json() == {"rooms": [], "total": 0, "limit": 20, "offset": 0}
    assert rooms.recording(recording["id"])["room"] == {"id": made["id"], "name": "Algebra"}
    unknown = rooms.call("GET", f"/rooms/{UNKNOWN}").json()
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/end"), ("POST", "/recordings/start")):
        gone = rooms.call(method, f"/rooms/{made['id']}{path}")
        assert refusal(gone, 404, "not_found") == unknown["error"] == "room not found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/end"),
        ("POST", "/recordings/start"),
        ("POST", "/recordings/stop"),
    ],
)
def test_a_strangers_room_and_what_is_no_id_are_unknown(
    platform: RunningPlatform, rooms: RoomsClient, method: str, path: str
) -> None:
    stranger = new_rooms_client(platform)
    made = rooms.create_room()

    for id in (made["id"], UNKNOWN, *NOT_IDS):
        answer = stranger.call(method, f"/rooms/{id}{path}", **({"json": {}} if method == "PATCH" else {}))
        assert refusal(answer, 404, "not_found") == "room not found"
    assert taken(rooms.call("GET", f"/rooms/{made['id']}"), 200) == made


def test_nobody_learns_anything_without_credentials(platform: RunningPlatform, rooms: RoomsClient) -> None:
    made, nobody = rooms.create_room(), RoomsClient(platform.url, None)

    for method, path in (
        ("GET", "/rooms"),
        ("POST", "/rooms"),
        ("GET", f"/rooms/{made['id']}"),
        ("GET", "/recordings"),
    ):
        refusal(nobody.call(method, path), 401, "unauthorized")
