"""One tenant's rooms on the running platform, as a state machine sees them: what it may ask, and what must be true."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any

import requests

from shared.ports.files import ColdFiles, HotFiles
from shared.ports.rooms import Rooms
from shared.recordings.recording import Recording, State
from shared.recordings.runs import RunState
from shared.rooms.domain import Room, file_key
from shared.rooms.news import OPEN
from shared.wiring import wired
from tests.integration.platform import RunningPlatform, eventually, patiently
from tests.integration.rooms_client import RoomsClient, new_rooms_client, new_tenant
from tests.integration.rooms_ends import check_finished, check_history
from tests.integration.rooms_jobs import archive_what_is_due, expire_what_is_over
from tests.integration.rooms_past import let_time_pass
from tests.integration.rooms_provider import asked, control, meeting_of

PATIENCE_S = 60
JOBS = ("rooms_sync_all", "rooms_recover_stalled")
#: What the API may say to each call; anything else is a failure of the test.
CALLS = {"start": (201, 409, 502), "stop": (200, 404, 502), "sync": (200, 502)}
ACTIONS = {"recover": (200, 400, 404, 502), "archive": (200, 202, 400, 404, 502), "restore": (202, 400, 404, 502)}


@dataclass
class World:
    """A new tenant, and what its client was told."""

    platform: RunningPlatform
    tenant: str = field(default_factory=new_tenant)
    acknowledged: set[str] = field(default_factory=set)  #: the recordings that were begun, by their ids
    starts: dict[str, int] = field(default_factory=dict)  #: how often the provider may have been asked, by room
    finished: int = 0  #: how many files of the provider were looked at

    def __post_init__(self) -> None:
        self.client: RoomsClient = new_rooms_client(self.platform, self.tenant, role="admin")
        self.store: Rooms = wired(Rooms)
        self._lock = Lock()

    def ask(self, method: str, path: str, expected: Collection[int], **more: Any) -> requests.Response:
        """The answer, though the worker may just be starting again."""
        answer = patiently(lambda: self.client.call(method, path, **more))
        assert answer.status_code in expected, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def create_room(self, *, held_at: Sequence[str], keeps_webhooks: bool) -> str:
        """A room whose recordings stay in these states at the provider until they are told to go on."""
        id: str = self.ask("POST", "/rooms", (201,), json={"name": "Algebra"}).json()["id"]
        self.starts[id] = 0
        hold = {"held_at": held_at, "keeps_webhooks": keeps_webhooks}
        control("PATCH", f"/meetings/{meeting_of(id)}", json=hold)
        return id

    def call_room(self, room_id: str, call: str) -> requests.Response:
        """Start, stop or sync."""

        def send() -> requests.Response:
            self._count_start(room_id, call == "start")
            return self.client.call("POST", f"/rooms/{room_id}/recordings/{call}")

        answer = patiently(send)
        assert answer.status_code in CALLS[call], f"{call}: {answer.status_code} {answer.text}"
        if call == "start" and answer.status_code == 409:
            self._count_start(room_id, -1)
        if call == "start" and answer.status_code == 201:
            self.acknowledged.add(answer.json()["data"]["id"])
        return answer

    def act(self, id: str, action: str) -> None:
        """Recover, archive or restore a recording."""
        body = {"json": {"tier": "Expedited"}} if action == "restore" else {}
        self.ask("POST", f"/recordings/{id}/{action}", ACTIONS[action], **body)

    def recordings(self) -> list[str]:
        """The ids that the API lists, newest first."""
        return [one["id"] for one in self.ask("GET", "/recordings?limit=100", (200,)).json()["data"]]

    def rooms(self) -> list[Room]:
        """All rooms."""
        return self.store.rooms_of(self.tenant, after="", limit=100)

    def rows(self) -> list[Recording]:
        """All recordings that are not deleted."""
        return self.store.recordings_page(self.tenant, limit=100, offset=0)

    def theirs(self, room_id: str) -> list[dict[str, Any]]:
        """What the provider has of a room, oldest first."""
        found: list[dict[str, Any]] = control("GET", f"/meetings/{meeting_of(room_id)}/recordings")
        return found

    def let_time_pass(self, hours: int) -> None:
        """Time, and the jobs; never so much that these could not have run between the fifth day and the seventh."""
        assert hours < 48
        let_time_pass(self.tenant, timedelta(hours=hours))
        for job in JOBS:
            assert self.platform.run_job(job).status_code in (200, 502)

    def insist(self, room_id: str, call: str) -> requests.Response:
        """Call until the provider has answered: the plan has faults, and the service limits."""
        what = f"an answer to {call} {room_id}"
        [answer] = eventually(lambda: self._unless_refused(room_id, call), within_s=PATIENCE_S, what=what)
        return answer

    def let_everything_end(self) -> None:
        """Let the provider finish, ask it, and wait; what is stuck is what the jobs are for."""
        for room in self.rooms():
            for theirs in self.theirs(room.id):
                if theirs["status"] not in ("UPLOADED", "ERRORED"):
                    attempt("POST", f"/recordings/{theirs['id']}/advance", json={"to": "UPLOADED"})
            self.insist(room.id, "sync")
        ends_at = time.monotonic() + PATIENCE_S
        while working := [one for one in self.rows() if one.state in OPEN or self._has_live_run(one)]:
            assert time.monotonic() < ends_at, working
            if any(self._has_live_run(one) for one in working):
                time.sleep(0.1)
            else:
                self.let_time_pass(2)

    def check(self) -> None:
        """Nothing is under way, so: every move was legal, no room is locked, every file is where it belongs."""
        rows = self.rows()
        for room in self.rooms():
            assert room.live_recording is None, f"{room.id} is locked by {room.live_recording}"
            assert asked(room.id).get("recordings.start", 0) <= self.starts[room.id]
            for theirs in self.theirs(room.id):
                if theirs["status"] == "UPLOADED":
                    check_finished(self.platform, theirs)
                    self.finished += 1
        gone = [(id, self.store.find_deleted(id)) for id in self.acknowledged - {one.id for one in rows}]
        assert all(deleted is not None for _, deleted in gone), f"some have vanished: {gone}"
        for recording in [*rows, *(deleted.recording for _, deleted in gone if deleted is not None)]:
            check_history(recording)

    def check_is_free(self, room: Room) -> None:
        """A recording can be started; it comes to nothing then."""
        assert self.insist(room.id, "start").status_code == 201, f"{room.id} is locked"
        control("POST", f"/recordings/{self.theirs(room.id)[-1]['id']}/advance", json={"to": "ERRORED"})

    def check_archives(self) -> None:
        """After a week everything is archived, and whole."""
        let_time_pass(self.tenant, timedelta(days=8))
        archive_what_is_due(self.tenant)
        self.let_everything_end()
        self.check()
        assert State.READY not in {one.state for one in self.rows()}

    def check_expiry(self) -> None:
        """After its retention nothing is left of a recording, and whoever asks for its file is told so."""
        ids = self.recordings()
        let_time_pass(self.tenant, timedelta(days=31))
        expire_what_is_over(self.tenant)
        assert self.recordings() == []
        for id in ids:
            assert [wired(store).describe(file_key(id)) for store in (HotFiles, ColdFiles)] == [None, None]
            self.ask("GET", f"/recordings/{id}/download", (410,))

    def _count_start(self, room_id: str, by: int) -> None:
        with self._lock:
            self.starts[room_id] += by

    def _unless_refused(self, room_id: str, call: str) -> list[requests.Response]:
        answer = self.call_room(room_id, call)
        return [] if answer.status_code == 502 else [answer]

    def _has_live_run(self, recording: Recording) -> bool:
        run = self.store.find_run(recording.current_run) if recording.current_run else None
        return run is not None and run.state is RunState.LIVE


def attempt(method: str, path: str, **more: Any) -> None:
    """Ask the provider's world for something that may be impossible just now."""
    with suppress(requests.HTTPError):
        control(method, path, **more)
