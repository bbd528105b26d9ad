"""Syncs, recoveries and their jobs on the running platform: what no webhook told of is found all the same."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from shared.ports import Ids, Tasks
from shared.ports.meetings import Meetings
from shared.ports.rooms import Rooms
from shared.recordings.attending import Swept
from shared.recordings.codec import to_plain
from shared.recordings.recording import State
from shared.recordings.runs import RunState
from shared.rooms.domain import IMPORTED_BY, PROVIDER_KEEPS_FOR, STALLED_AFTER, START_DEADLINE, SYNC_EVERY
from shared.rooms.reading import details_of
from shared.rooms.recovering import recover_stalled
from shared.rooms.syncing import sync_all
from shared.structs import replace
from shared.wiring import wired
from tests.integration.platform import RunningPlatform, eventually
from tests.integration.rooms_client import RoomsClient, new_rooms_client, refusal, taken
from tests.integration.rooms_provider import control, hold, meeting_of
from tests.integration.stored import count_runs, now, paused, recording_of, run_of
from tests.unit.room_fakes import room_recording

UNKNOWN_ROOM, UNKNOWN = "room_0123456789abcdef0123", "rec_0123456789abcdef0123"
JOBS = ("rooms_sync_all", "rooms_recover_stalled")


@dataclass(frozen=True)
class LaterClock:
    """A clock that is ahead by so much."""

    by: timedelta

    def now(self) -> datetime:
        return now() + self.by


@pytest.fixture
def rooms(platform: RunningPlatform) -> RoomsClient:
    """A client of a tenant that has nothing yet."""
    return new_rooms_client(platform)


def silent_room(rooms: RoomsClient) -> str:
    """A room whose recordings go on only when they are told to, and of which no webhook tells."""
    id: str = rooms.create_room()["id"]
    hold(id, "RECORDING", "UPLOADING")
    return id


def sync(rooms: RoomsClient, room_id: str) -> str:
    answer = rooms.call("POST", f"/rooms/{room_id}/recordings/sync")
    assert answer.status_code == 200, answer.text
    return answer.text


def synced(*found: tuple[str, str]) -> str:
    """What a sync answers that has found these recordings in these states."""
    listed = ",".join(f'{{"id":"{id}","status":"{status}"}}' for id, status in found)
    return f'{{"data":{{"synced_count":{len(found)},"recordings":[{listed}]}}}}'


def advance(room_id: str, status: str) -> None:
    """Let the room's newest recording be in this state at the provider."""
    *_, newest = control("GET", f"/meetings/{meeting_of(room_id)}/recordings")
    control("POST", f"/recordings/{newest['id']}/advance", json={"to": status})


def begin_by_itself(room_id: str) -> None:
    """Let the provider begin to record, as it does where all meetings are recorded."""
    wired(Meetings).start_recording(meeting_of(room_id), max_seconds=3600, file_name_prefix="auto")


def recordings_of(rooms: RoomsClient) -> list[tuple[str, str]]:
    listed = taken(rooms.call("GET", "/recordings"), 200)["data"]
    return [(one["id"], one["status"]) for one in listed]


def run_sync(later: timedelta) -> Swept:
    return sync_all(
        rooms=wired(Rooms), meetings=wired(Meetings), tasks=wired(Tasks), ids=wired(Ids), clock=LaterClock(later)
    )


def run_recovery(later: timedelta) -> Swept:
    return recover_stalled(
        rooms=wired(Rooms), meetings=wired(Meetings), tasks=wired(Tasks), ids=wired(Ids), clock=LaterClock(later)
    )


def fail_import(id: str) -> None:
    """Let an import have failed, as after ten attempts."""
    failed = replace(run_of(id), state=RunState.FAILED, attention_at=None)
    rooms: Rooms = wired(Rooms)
    rooms.transact(lambda transaction: transaction.save(failed))


def stalled(rooms: RoomsClient) -> str:
    """A recording whose file is there and whose import has failed."""
    room_id = silent_room(rooms)
    id: str = rooms.start(room_id)["id"]
    advance(room_id, "UPLOADED")
    with paused("transfer"):
        sync(rooms, room_id)
        fail_import(id)
    return id


def test_a_sync_finds_what_began_without_us_and_finds_it_once(rooms: RoomsClient) -> None:
    room_id = silent_room(rooms)
    begin_by_itself(room_id)

    first, second = sync(rooms, room_id), sync(rooms, room_id)

    [(id, status)] = recordings_of(rooms)
    assert status == "recording"
    assert (first, second) == (synced((id, "recording")), synced())


def test_a_sync_brings_a_finished_recording_home_however_often_it_is_asked_for(rooms: RoomsClient) -> None:
    room_id = silent_room(rooms)
    id: str = rooms.start(room_id)["id"]
    advance(room_id, "UPLOADED")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: sync(rooms, room_id), range(6)))
    eventually(lambda: recordings_of(rooms) == [(id, "ready")], within_s=60, what="ready")

    assert answers.count(synced((id, "processing"))) == 1
    assert answers.count(synced()) == 5
    assert count_runs(id) == 1


def test_many_syncs_at_once_take_a_recording_once(rooms: RoomsClient) -> None:
    room_id = silent_room(rooms)
    begin_by_itself(room_id)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: sync(rooms, room_id), range(6)))

    [(id, _)] = recordings_of(rooms)
    assert sorted(answers) == sorted([synced((id, "recording")), *[synced()] * 5])


def test_another_tenants_room_is_as_unknown_as_one_that_never_was(
    platform: RunningPlatform, rooms: RoomsClient
) -> None:
    room_id = silent_room(rooms)
    id = rooms.start(room_id)["id"]
    stranger = new_rooms_client(platform)

    refusal(rooms.call("POST", f"/rooms/{UNKNOWN_ROOM}/recordings/sync"), 404, "not_found")
    refusal(stranger.call("POST", f"/rooms/{room_id}/recordings/sync"), 404, "not_found")
    refusal(rooms.call("POST", f"/recordings/{UNKNOWN}/recover"), 404, "not_found")
    refusal(stranger.call("POST", f"/recordings/{id}/recover"), 404, "not_found")


@pytest.mark.parametrize("job", JOBS)
def test_the_scheduler_runs_the_job(platform: RunningPlatform, job: str) -> None:
    answer = platform.run_job(job)

    assert answer.status_code == 200
    assert set(answer.json()) == {"looked_at", "changed", "failed"}


def test_what_every_webhook_was_lost_of_is_found_by_the_job(platform: RunningPlatform, rooms: RoomsClient) -> None:
    room_id = silent_room(rooms)
    id: str = rooms.start(room_id)["id"]
    advance(room_id, "UPLOADED")

    platform.run_job("rooms_sync_all")

    eventually(lambda: recordings_of(rooms) == [(id, "ready")], within_s=60, what="ready")


def test_two_jobs_at_once_change_a_recording_once(rooms: RoomsClient) -> None:
    room_id = silent_room(rooms)
    id: str = rooms.start(room_id)["id"]
    advance(room_id, "ERRORED")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run_sync, [timedelta()] * 2))

    assert recordings_of(rooms) == [(id, "failed")]
    assert [move.state for move in recording_of(id).history] == [State.CAPTURING, State.FAILED]


def test_a_start_that_never_arrived_frees_its_room_in_the_end(rooms: RoomsClient) -> None:
    room_id = silent_room(rooms)
    store: Rooms = wired(Rooms)
    room = store.find_room(room_id)
    assert room is not None
    deadline = now() + START_DEADLINE
    lost = replace(
        room_recording(State.CAPTURING, id=f"rec_{room_id.removeprefix('room_')}"),
        tenant_id=room.tenant_id,
        created_at=now(),
    )
    details = replace(
        details_of(lost), room_id=room_id, meeting_id=room.meeting_id, start_deadline=deadline, look_at=deadline
    )
    lost = replace(lost, details=to_plain(details))
    store.transact(lambda transaction: transaction.save(lost, replace(room, live_recording=lost.id, sync_at=deadline)))

    run_sync(START_DEADLINE)
    refusal(rooms.call("POST", f"/rooms/{room_id}/recordings/start"), 409, "already_recording")
    run_sync(START_DEADLINE + SYNC_EVERY)

    assert recordings_of(rooms) == [(lost.id, "failed")]
    assert rooms.start(room_id)["status"] == "recording"


def test_an_import_that_failed_is_begun_again_by_recover(rooms: RoomsClient) -> None:
    id = stalled(rooms)

    answer = rooms.call("POST", f"/recordings/{id}/recover")
    eventually(lambda: recordings_of(rooms) == [(id, "ready")], within_s=60, what="ready")

    message = "RealtimeKit has the file, and it is being imported."
    assert answer.status_code == 200
    assert answer.text == f'{{"data":{{"id":"{id}","status":"processing","message":"{message}"}}}}'
    assert count_runs(id) == 2
    refusal(rooms.call("POST", f"/recordings/{id}/recover"), 400, "not_recoverable")


def test_what_the_provider_has_not_finished_is_waited_for(rooms: RoomsClient) -> None:
    room_id = silent_room(rooms)
    id = rooms.start(room_id)["id"]
    rooms.stop(room_id)

    recovered = taken(rooms.call("POST", f"/recordings/{id}/recover"), 200)["data"]

    assert recovered["status"] == "processing"
    assert "not finished" in recovered["message"]


def test_a_recording_that_the_provider_never_told_of_cannot_be_recovered(rooms: RoomsClient) -> None:
    room_id = silent_room(rooms)
    room = wired(Rooms).find_room(room_id)
    assert room is not None
    unknown = replace(
        room_recording(State.PROCESSING, id=f"rec_{room_id.removeprefix('room_')}"), tenant_id=room.tenant_id
    )
    store: Rooms = wired(Rooms)
    store.transact(lambda transaction: transaction.save(unknown))

    refusal(rooms.call("POST", f"/recordings/{unknown.id}/recover"), 400, "not_recoverable")


def test_the_job_begins_a_stalled_import_again(rooms: RoomsClient) -> None:
    id = stalled(rooms)

    run_recovery(STALLED_AFTER)

    eventually(lambda: recordings_of(rooms) == [(id, "ready")], within_s=60, what="ready")


def test_what_was_not_imported_is_told_of_on_the_fifth_day_and_has_failed_after_the_seventh(
    rooms: RoomsClient, caplog: pytest.LogCaptureFixture
) -> None:
    room_id = silent_room(rooms)
    id: str = rooms.start(room_id)["id"]
    rooms.stop(room_id)

    def errors() -> list[str]:
        found = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
        return [message for message in found if id in message]

    run_recovery(IMPORTED_BY - timedelta(hours=2))
    before = errors()
    run_recovery(IMPORTED_BY)
    run_recovery(IMPORTED_BY + STALLED_AFTER)
    still = recordings_of(rooms)
    run_recovery(PROVIDER_KEEPS_FOR + STALLED_AFTER)

    assert (before, len(errors())) == ([], 1)
    assert still == [(id, "processing")]
    assert recordings_of(rooms) == [(id, "failed")]
    failure = recording_of(id).failure
    assert failure is not None
    assert failure.code == "provider_expired"


def test_what_the_provider_forgot_has_failed_and_says_so(rooms: RoomsClient) -> None:
    room_id = silent_room(rooms)
    id: str = rooms.start(room_id)["id"]
    rooms.stop(room_id)
    control("POST", f"/recordings/{details_of(recording_of(id)).provider_id}/forget")

    run_recovery(STALLED_AFTER)

    assert recordings_of(rooms) == [(id, "failed")]
    failure = recording_of(id).failure
    assert failure is not None
    assert failure.code == "provider_lost"
