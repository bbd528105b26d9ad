"""Recordings of rooms, as the contract has them: start, stop, list, get and delete."""

from __future__ import annotations

import random
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.ports.rooms import Rooms
from shared.recordings.recording import State
from shared.wiring import wired
from tests.integration.platform import RunningPlatform
from tests.integration.rooms_client import RoomsClient, new_rooms_client, new_tenant, refusal, taken
from tests.integration.rooms_provider import asked, control, hold, meeting_of
from tests.integration.test_rooms_queries import made_recordings, save

TIME = r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"'
UNKNOWN = "rec_0123456789abcdef0123"
NOT_IDS = ("x", "room_0123456789abcdef0123", "00000000-0000-4000-8000-000000000000", "rec_SHOUTING0001", "rec_1")
ROOMS, STARTS = 20, 200


@pytest.fixture
def rooms(platform: RunningPlatform) -> RoomsClient:
    """A client of a tenant that has nothing yet."""
    return new_rooms_client(platform)


def held_room(rooms: RoomsClient) -> str:
    """A room whose recordings go on only when they are told to, and end up on their way to our store."""
    id: str = rooms.create_room()["id"]
    hold(id, "RECORDING", "UPLOADING")
    return id


def test_a_start_looks_as_in_the_contract(rooms: RoomsClient) -> None:
    room_id = held_room(rooms)

    answer = rooms.call("POST", f"/rooms/{room_id}/recordings/start")

    expected = (
        rf'\{{"data":\{{"id":"rec_[a-z0-9]{{20}}","room_id":"{room_id}","status":"recording","started_at":{TIME}\}}\}}'
    )
    assert answer.status_code == 201
    assert re.fullmatch(expected, answer.text), answer.text


def test_a_stop_looks_as_in_the_contract_and_comes_once(rooms: RoomsClient) -> None:
    room_id = held_room(rooms)
    recording = rooms.start(room_id)

    answer = rooms.call("POST", f"/rooms/{room_id}/recordings/stop")

    expected = (
        rf'\{{"data":\{{"id":"{recording["id"]}","room_id":"{room_id}","status":"processing","stopped_at":{TIME}\}}\}}'
    )
    assert answer.status_code == 200
    assert re.fullmatch(expected, answer.text), answer.text
    refusal(rooms.call("POST", f"/rooms/{room_id}/recordings/stop"), 404, "no_active_recording")


def test_a_recording_looks_as_in_the_contract_before_and_after_its_stop(rooms: RoomsClient) -> None:
    room_id = held_room(rooms)
    recording = rooms.start(room_id)

    live = rooms.recording(recording["id"])
    stopped_at = rooms.stop(room_id)["stopped_at"]
    stopped = rooms.recording(recording["id"])

    assert list(live.items()) == [
        ("id", recording["id"]),
        ("room_id", room_id),
        ("room", {"id": room_id, "name": "Algebra"}),
        ("status", "recording"),
        ("duration_seconds", None),
        ("size_bytes", None),
        ("started_at", live["started_at"]),
        ("stopped_at", None),
    ]
    assert live["started_at"] is not None
    assert (stopped["status"], stopped["stopped_at"]) == ("processing", stopped_at)


def test_a_second_start_is_refused_until_the_first_has_stopped(rooms: RoomsClient) -> None:
    room_id = held_room(rooms)
    first = rooms.start(room_id)

    refusal(rooms.call("POST", f"/rooms/{room_id}/recordings/start"), 409, "already_recording")
    rooms.stop(room_id)
    second = rooms.start(room_id)

    assert second["id"] != first["id"]
    assert asked(room_id)["recordings.start"] == 2


def test_a_stop_of_what_stopped_by_itself_is_one(rooms: RoomsClient) -> None:
    room_id = held_room(rooms)
    recording = rooms.start(room_id)
    (provided,) = control("GET", f"/meetings/{meeting_of(room_id)}/recordings")
    control("POST", f"/recordings/{provided['id']}/advance", json={"to": "UPLOADING"})

    stopped = rooms.stop(room_id)

    assert (stopped["id"], stopped["status"]) == (recording["id"], "processing")


def test_a_room_that_is_not_to_be_recorded_is_not(rooms: RoomsClient) -> None:
    room_id = rooms.create_room(recording_enabled=False)["id"]

    refusal(rooms.call("POST", f"/rooms/{room_id}/recordings/start"), 403, "recording_disabled")

    assert "recordings.start" not in asked(room_id)


def test_the_same_key_starts_once_and_is_of_one_room(rooms: RoomsClient) -> None:
    room_id, other = held_room(rooms), held_room(rooms)
    key = {"Idempotency-Key": "lesson-7"}

    first, again = (rooms.call("POST", f"/rooms/{room_id}/recordings/start", headers=key) for _ in range(2))
    elsewhere = rooms.call("POST", f"/rooms/{other}/recordings/start", headers=key)

    assert (again.status_code, again.text) == (201, first.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    refusal(elsewhere, 409, "idempotency_key_reused")
    assert asked(room_id)["recordings.start"] == 1


def test_of_many_starts_at_once_every_room_has_one_and_the_provider_hears_of_that_alone(rooms: RoomsClient) -> None:
    made = [held_room(rooms) for _ in range(ROOMS)]
    calls = made * (STARTS // ROOMS)
    random.Random(6).shuffle(calls)

    with ThreadPoolExecutor(STARTS // 4) as clients:
        answers = list(clients.map(lambda id: rooms.call("POST", f"/rooms/{id}/recordings/start"), calls))

    assert sorted(answer.status_code for answer in answers) == [201] * ROOMS + [409] * (STARTS - ROOMS)
    assert sorted(answer.json()["data"]["room_id"] for answer in answers if answer.ok) == sorted(made)
    assert [asked(id)["recordings.start"] for id in made] == [1] * ROOMS
    assert rooms.call("GET", "/recordings").json()["meta"]["total"] == ROOMS


def test_pages_concatenate_to_the_list_newest_first(platform: RunningPlatform) -> None:
    tenant = new_tenant()
    rooms, made = new_rooms_client(platform, tenant), made_recordings(tenant, 5, State.READY, size_bytes=lambda _: 4096)
    save(wired(Rooms), *made)

    pages = [rooms.call("GET", f"/recordings?limit=2&offset={offset}").json() for offset in (0, 2, 4)]

    assert [one["id"] for page in pages for one in page["data"]] == [one.id for one in made[::-1]]
    assert [page["meta"] for page in pages] == [{"total": 5, "limit": 2, "offset": offset} for offset in (0, 2, 4)]
    assert list(pages[0]["data"][0].items()) == [
        ("id", made[4].id),
        ("room_id", "room_aaaaaaaaaaaa0001"),
        ("status", "ready"),
        ("duration_seconds", None),
        ("size_bytes", 4096),
        ("created_at", "2026-05-04T10:00:02Z"),
    ]


@pytest.mark.parametrize("path", ["/recordings", "/rooms"])
@pytest.mark.parametrize(
    ("query", "limit", "offset"),
    [
        ("", 20, 0),
        ("limit=1", 1, 0),
        ("limit=100", 100, 0),
        ("limit=101", 100, 0),
        ("limit=9999&offset=10000", 100, 10000),
    ],
    ids=["none", "1", "100", "101", "most"],
)
def test_a_page_is_as_long_as_is_asked_and_never_longer_than_a_hundred(
    rooms: RoomsClient, path: str, query: str, limit: int, offset: int
) -> None:
    body = taken(rooms.call("GET", f"{path}?{query}"), 200)

    assert body.get("meta", body)["limit"] == limit
    assert body.get("meta", body)["offset"] == offset


@pytest.mark.parametrize("path", ["/recordings", "/rooms"])
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=x", "limit=1.5", "limit=", "offset=-1", "offset=10001"]
)
def test_a_page_that_cannot_be_is_refused(rooms: RoomsClient, path: str, query: str) -> None:
    message = refusal(rooms.call("GET", f"{path}?{query}"), 400, "invalid_request")

    assert message.startswith(query.partition("=")[0])


def test_a_deleted_recording_is_gone_for_everybody(rooms: RoomsClient) -> None:
    room_id = held_room(rooms)
    id = rooms.start(room_id)["id"]

    answer = rooms.call("DELETE", f"/recordings/{id}")

    assert answer.status_code == 200
    assert re.fullmatch(rf'\{{"data":\{{"id":"{id}","deleted":true,"deleted_at":{TIME}\}}\}}', answer.text)
    assert asked(room_id)["recordings.act"] == 1
    assert rooms.call("GET", "/recordings").json() == {"data": [], "meta": {"total": 0, "limit": 20, "offset": 0}}
    for method in ("GET", "DELETE"):
        assert refusal(rooms.call(method, f"/recordings/{id}"), 404, "not_found") == "recording not found"
    assert wired(Rooms).find_deleted(id) is not None
    assert rooms.start(room_id)["status"] == "recording"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_strangers_recording_and_what_is_no_id_are_unknown(
    platform: RunningPlatform, rooms: RoomsClient, method: str
) -> None:
    id, stranger = rooms.start(held_room(rooms))["id"], new_rooms_client(platform)

    for unknown in (id, UNKNOWN, *NOT_IDS):
        answer = stranger.call(method, f"/recordings/{unknown}")
        assert refusal(answer, 404, "not_found") == "recording not found"
    assert rooms.recording(id)["status"] == "recording"
