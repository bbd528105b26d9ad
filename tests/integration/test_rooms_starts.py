"""Starts whose answer is refused, wrong, late or lost, and workers that die in the middle of one.

The provider is asked once. Its recording is adopted, or there is none and the start has failed; the room is free again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
import requests

from shared import ports
from shared.adapters.realtimekit import client as client_module
from shared.adapters.realtimekit.client import RealtimeKitClient
from shared.adapters.realtimekit.meetings import RealtimeKitMeetings
from shared.local.faults.arming import arm, armed, assert_all_happened, faults_folder
from shared.ports.meetings import Meetings, MeetingUnavailable
from shared.ports.rooms import Rooms
from shared.recordings.idempotency import Once
from shared.recordings.recording import Caller, Recording, State
from shared.rooms.domain import START_DEADLINE, SYNC_EVERY, Room
from shared.rooms.reading import details_of
from shared.rooms.starting import start_recording
from shared.settings import settings
from shared.wiring import wired
from tests.integration.crashes import crash
from tests.integration.platform import RunningPlatform, eventually
from tests.integration.rooms_client import RoomsClient, new_rooms_client, new_tenant, refusal, taken
from tests.integration.rooms_faults import ASK, START, Belated
from tests.integration.rooms_past import let_time_pass
from tests.integration.rooms_provider import asked, control, hold, meeting_of

Fault = dict[str, Any]


def kit(at: str, do: str, match: dict[str, str] = START, **options: Any) -> Fault:
    """A fault of the provider; by itself of its answer to a start."""
    return {"part": "realtimekit", "at": at, "do": do, "match": match, **options}


#: The start has happened, and its answer does not say so.
UNHEARD = {
    "500": kit("answer", "fail", status=500),
    "lost": kit("answer", "cut", after_bytes=0),
    "torn": kit("answer", "cut", after_bytes=40),
}
#: The start has not happened, and nobody can know.
UNMADE = {"503": kit("call", "fail", status=503), "cut": kit("call", "cut", after_bytes=0)}
REFUSED = {"429": kit("call", "fail", status=429), "400": kit("call", "fail", status=400)}
#: Nor does the provider say afterwards what is under way.
SILENT = kit("call", "fail", ASK, status=503)


@dataclass(frozen=True)
class Studio:
    """A new tenant's room, which nobody hears of by a webhook."""

    platform: RunningPlatform
    tenant: str
    client: RoomsClient
    room_id: str

    def start(self, **headers: str) -> requests.Response:
        return self.client.call("POST", f"/rooms/{self.room_id}/recordings/start", headers=headers)

    def faulty_start(self, *faults: Fault, **headers: str) -> requests.Response:
        """Start while this goes wrong; all of it must have happened."""
        with armed(self.platform.data, faults):
            return self.start(**headers)

    def sync_all(self) -> None:
        assert self.platform.run_job("rooms_sync_all").status_code == 200

    def let_a_turn_pass(self) -> None:
        """The next time that the job asks about the room."""
        let_time_pass(self.tenant, SYNC_EVERY)
        self.sync_all()

    def room(self) -> Room:
        room: Room | None = wired(Rooms).find_room(self.room_id)
        assert room is not None
        return room

    def rows(self) -> Sequence[Recording]:
        found: Sequence[Recording] = wired(Rooms).recordings_page(self.tenant, limit=10, offset=0)
        return found

    def theirs(self) -> list[str]:
        """The provider's ids of what it has recorded."""
        return [one["id"] for one in control("GET", f"/meetings/{meeting_of(self.room_id)}/recordings")]

    def check_adopted(self) -> None:
        """The one recording is the provider's one, which was asked for once, and the room knows it."""
        [recording] = self.rows()
        assert [details_of(recording).provider_id] == self.theirs()
        assert recording.state is State.CAPTURING
        assert self.room().live_recording == recording.id
        assert asked(self.room_id)["recordings.start"] == 1
        assert self.client.stop(self.room_id)["id"] == recording.id
        self.check_free()

    def check_reserved(self) -> None:
        """It is not known yet what has become of the start, so the room is not free."""
        [recording] = self.rows()
        assert details_of(recording).provider_id is None
        assert self.room().live_recording == recording.id
        refusal(self.start(), 409, "already_recording")

    def check_given_up(self) -> None:
        """Absent once past its deadline, the start waits; absent twice it has failed, and the room is free."""
        assert asked(self.room_id).get("recordings.start", 0) == 0
        self.sync_all()  # before the deadline: it does not count
        self.let_a_turn_pass()
        self.check_reserved()
        self.let_a_turn_pass()
        [recording] = self.rows()
        assert (recording.state, recording.failure and recording.failure.code) == (State.FAILED, "start_lost")
        self.check_free()

    def check_free(self) -> None:
        """The room can be recorded again, and the provider is asked for that once more."""
        before = asked(self.room_id).get("recordings.start", 0)
        taken(self.start(), 201)
        assert asked(self.room_id)["recordings.start"] == before + 1
        self.client.stop(self.room_id)


@pytest.fixture
def studio(platform: RunningPlatform) -> Iterator[Studio]:
    client = new_rooms_client(platform, tenant := new_tenant())
    room_id: str = client.create_room()["id"]
    hold(room_id, "INVOKED", "RECORDING", "UPLOADING")
    yield Studio(platform, tenant, client, room_id)
    arm(faults_folder(platform.data), [])


@pytest.mark.parametrize("fault", UNHEARD)
def test_a_start_whose_answer_was_lost_is_found_and_adopted_at_once(studio: Studio, fault: str) -> None:
    started = taken(studio.faulty_start(UNHEARD[fault]), 201)["data"]

    assert (started["status"], started["id"]) == ("recording", studio.rows()[0].id)
    studio.check_adopted()


@pytest.mark.parametrize("fault", UNHEARD)
def test_a_start_of_which_the_provider_says_nothing_at_first_is_adopted_by_the_job(studio: Studio, fault: str) -> None:
    refusal(studio.faulty_start(UNHEARD[fault], SILENT), 502, "upstream_failed")
    studio.check_reserved()

    studio.sync_all()
    let_time_pass(studio.tenant, START_DEADLINE)
    studio.sync_all()

    studio.check_adopted()


@pytest.mark.parametrize("fault", UNMADE)
def test_a_start_that_never_arrived_has_failed_once_it_was_looked_for_twice(studio: Studio, fault: str) -> None:
    refusal(studio.faulty_start(UNMADE[fault]), 502, "upstream_failed")

    studio.check_reserved()
    studio.check_given_up()


@pytest.mark.parametrize("fault", REFUSED)
def test_a_start_that_was_refused_leaves_nothing(studio: Studio, fault: str) -> None:
    refusal(studio.faulty_start(REFUSED[fault]), 502, "upstream_failed")

    assert studio.rows() == []
    assert studio.room().live_recording is None
    studio.check_free()


def test_the_same_request_again_finds_what_the_first_one_has_started(studio: Studio) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    refusal(studio.faulty_start(UNHEARD["lost"], SILENT, **key), 502, "upstream_failed")

    again = taken(studio.start(**key), 201)["data"]

    assert again["id"] == studio.rows()[0].id
    studio.check_adopted()


def test_a_webhook_that_comes_before_the_answer_adopts_and_the_answer_finds_that(studio: Studio) -> None:
    control("PATCH", f"/meetings/{meeting_of(studio.room_id)}", json={"keeps_webhooks": False})
    arm(faults_folder(studio.platform.data), [kit("answer", "stall", delay_s=3)])

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(studio.start)
        eventually(lambda: studio.theirs() and is_adopted(studio), what="the webhook")
        is_answered = answer.done()
        started = taken(answer.result(), 201)["data"]

    assert not is_answered
    assert started["id"] == studio.rows()[0].id
    studio.check_adopted()


def is_adopted(studio: Studio) -> bool:
    return [details_of(one).provider_id for one in studio.rows()] == studio.theirs()


def start_in_process(studio: Studio, meetings: Meetings) -> Recording:
    """Start as the endpoint does, with a provider of the test's own choice."""
    return start_recording(
        studio.room_id,
        by=Caller(tenant_id=studio.tenant, user_id="api"),
        once=Once(),
        rooms=wired(Rooms),
        meetings=meetings,
        tasks=wired(ports.Tasks),
        ids=wired(ports.Ids),
        clock=wired(ports.Clock),
    )


def test_a_start_whose_answer_is_later_than_anybody_waits_is_adopted(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "TIMEOUT_S", 1)
    impatient = RealtimeKitMeetings(RealtimeKitClient(settings()))

    with armed(studio.platform.data, [kit("answer", "stall", delay_s=2)]):
        recording = start_in_process(studio, impatient)

    assert recording.id == studio.rows()[0].id
    studio.check_adopted()


def test_a_start_that_arrives_when_it_was_looked_for_already_is_adopted_by_the_job(studio: Studio) -> None:
    with pytest.raises(MeetingUnavailable):
        start_in_process(studio, Belated())
    studio.check_reserved()

    studio.sync_all()
    let_time_pass(studio.tenant, START_DEADLINE)
    studio.sync_all()

    studio.check_adopted()


def answers(platform: RunningPlatform) -> bool:
    try:
        return requests.get(f"{platform.url}/docs/", timeout=10).ok
    except requests.ConnectionError:
        return False


def kill_while_starting(studio: Studio, fault: Fault, is_so_far: Callable[[], object]) -> None:
    """Start, and kill the API's workers when the start has come so far; `fault` keeps it there."""
    arm(faults_folder(studio.platform.data), [fault])
    lost = Event()

    def start() -> None:
        try:
            studio.start()
        except requests.ConnectionError:
            lost.set()

    caller = Thread(target=start)
    caller.start()
    eventually(is_so_far, what="the start")
    crash(studio.platform, "api")
    caller.join(30)
    assert lost.is_set(), "the start was answered"
    eventually(lambda: answers(studio.platform), within_s=60, what="the return of the API")
    assert_all_happened(faults_folder(studio.platform.data))
    arm(faults_folder(studio.platform.data), [])


def test_a_worker_that_is_killed_when_the_provider_has_begun_leaves_a_start_that_is_adopted(studio: Studio) -> None:
    kill_while_starting(studio, kit("answer", "stall", delay_s=5), studio.theirs)
    studio.check_reserved()

    let_time_pass(studio.tenant, START_DEADLINE)
    studio.sync_all()

    studio.check_adopted()


def test_a_worker_that_is_killed_before_it_asks_the_provider_leaves_a_start_that_fails(studio: Studio) -> None:
    reserving = {"part": "firestore", "at": "answer", "do": "stall", "match": {"method": "Commit"}, "delay_s": 5}

    kill_while_starting(studio, reserving, lambda: studio.room().live_recording)

    assert studio.theirs() == []
    studio.check_reserved()
    studio.check_given_up()
